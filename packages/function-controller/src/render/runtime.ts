import { findRuntime, type RuntimeImage } from "@kubeless/api-types";
import type { FunctionConfig } from "../config/function-config.ts";
import { type Fault, fault } from "./fault.ts";

/** An entry of the catalogue as one function uses it. */
export interface Runtime {
  readonly fileNameSuffix: string;
  /** What the file of dependencies is called; empty: the runtime knows none. */
  readonly dependenciesName: string;
  readonly livenessProbe: object | undefined;
  readonly runtimeImage: RuntimeImage;
  readonly installImage: RuntimeImage | undefined;
  readonly compileImage: RuntimeImage | undefined;
  readonly pullSecrets: readonly string[];
  /** What users should know about this entry. */
  readonly note: string | undefined;
}

/** Finds a Function's runtime in the catalogue; the Fault lists what there is. */
export function planRuntime(name: string, config: FunctionConfig): Runtime | Fault {
  const found = findRuntime(config.runtimes, name);
  if (found === undefined) {
    const known = config.runtimes.flatMap(({ ID, versions }) =>
      versions.map(({ version }) => `${ID}${version}`),
    );
    return fault(
      "UnknownRuntime",
      `runtime ${JSON.stringify(name)} is unknown; there is: ${known.join(", ")}.`,
    );
  }
  const { entry, version } = found;
  const image = (phase: RuntimeImage["phase"]) => version.images.find((each) => each.phase === phase);
  const runtimeImage = image("runtime");
  if (runtimeImage === undefined) {
    return fault(
      "ConfigurationInvalid",
      `the catalogue names no image of phase runtime for ${name}; add one to runtime-images in kubeless-config.`,
    );
  }
  const override = config.imageOverrides[`${entry.ID.toUpperCase()}${version.version}_RUNTIME`];
  return {
    fileNameSuffix: entry.fileNameSuffix,
    dependenciesName: entry.depName,
    livenessProbe: entry.livenessProbeInfo,
    runtimeImage: override === undefined ? runtimeImage : { ...runtimeImage, image: override },
    installImage: image("installation"),
    compileImage: image("compilation"),
    pullSecrets: version.imagePullSecrets.map(({ imageSecret }) => imageSecret),
    note: version.note,
  };
}
