import type { FunctionConfig, RuntimeImage } from "../config/function-config.ts";
import { type Fault, fault } from "./fault.ts";

/** An entry of the catalogue as one function uses it. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly fileNameSuffix: string;
  /** What the file of dependencies is called; absent: the runtime knows none. */
  readonly dependenciesName: string | undefined;
  readonly livenessProbe: object | undefined;
  readonly runtimeImage: RuntimeImage;
  readonly installImage: RuntimeImage | undefined;
  readonly compileImage: RuntimeImage | undefined;
  readonly imagePullSecrets: readonly string[];
  /** What users should know about this entry. */
  readonly note: string | undefined;
}

/** Finds `<ID><version>` in the catalogue; the Fault lists what there is. */
export function findRuntime(runtime: string, config: FunctionConfig): Runtime | Fault {
  for (const entry of config.runtimes) {
    const version = entry.versions.find((each) => `${entry.ID}${each.version}` === runtime);
    if (version === undefined) continue;
    const image = (phase: string) => version.images.find((each) => each.phase === phase);
    const runtimeImage = image("runtime");
    if (runtimeImage === undefined) {
      return fault(
        "ConfigurationInvalid",
        `the catalogue names no image of phase runtime for ${runtime}; add one to runtime-images.`,
      );
    }
    const override = config.imageOverrides[`${entry.ID.toUpperCase()}${version.version}_RUNTIME`];
    return {
      name: entry.ID,
      version: version.version,
      fileNameSuffix: entry.fileNameSuffix ?? "",
      dependenciesName: entry.depName || undefined,
      livenessProbe: entry.livenessProbeInfo,
      runtimeImage: override === undefined ? runtimeImage : { ...runtimeImage, image: override },
      installImage: image("installation"),
      compileImage: image("compilation"),
      imagePullSecrets: (version.imagePullSecrets ?? []).map(({ imageSecret }) => imageSecret),
      note: version.note,
    };
  }
  const known = config.runtimes.flatMap((entry) =>
    entry.versions.map(({ version }) => `${entry.ID}${version}`),
  );
  return fault(
    "UnknownRuntime",
    `runtime ${JSON.stringify(runtime)} is unknown; there is: ${known.join(", ")}.`,
  );
}
