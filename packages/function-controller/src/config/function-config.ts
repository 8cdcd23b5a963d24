/** One image of a runtime, for one phase of a function's life. */
export interface RuntimeImage {
  readonly phase: "installation" | "compilation" | "runtime";
  readonly image: string;
  readonly command?: string | readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly secrets?: readonly { readonly name: string }[] | undefined;
}

export interface RuntimeEntry {
  readonly ID: string;
  readonly depName?: string | undefined;
  readonly fileNameSuffix?: string | undefined;
  readonly livenessProbeInfo?: object | undefined;
  readonly versions: readonly {
    readonly version: string;
    readonly images: readonly RuntimeImage[];
    readonly imagePullSecrets?: readonly { readonly imageSecret: string }[] | undefined;
    readonly note?: string | undefined;
  }[];
}

/** The configuration as this controller uses it: defaults filled in, overrides of the environment applied. */
export interface FunctionConfig {
  readonly runtimes: readonly RuntimeEntry[];
  /** What fills in whatever a Function's `spec.deployment` leaves open. */
  readonly deployment: Readonly<Record<string, unknown>>;
  readonly provisionImage: string;
  readonly provisionImageSecret: string | undefined;
  /** Images of phase runtime by `<ID in upper case><version>_RUNTIME`. */
  readonly imageOverrides: Readonly<Record<string, string>>;
}
