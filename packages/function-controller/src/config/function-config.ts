import type { RuntimeEntry } from "@kubeless/api-types";

/** The configuration as this controller uses it: defaults filled in, overrides of the environment applied. */
export interface FunctionConfig {
  readonly runtimes: readonly RuntimeEntry[];
  /** What fills in whatever a Function's `spec.deployment` leaves open. */
  readonly deployment: Readonly<Record<string, unknown>>;
  readonly provisionImage: string;
  /** Secrets to pull the platform's own images with. */
  readonly pullSecrets: readonly string[];
  /** Images of phase runtime by `<ID in upper case><version>_RUNTIME`. */
  readonly imageOverrides: Readonly<Record<string, string>>;
}
