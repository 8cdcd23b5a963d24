import {
  defaultProvisionImage,
  defaultRuntimes,
  formatFaults,
  parseKubelessConfig,
} from "@kubeless/api-types";
import { type Fault, fault } from "../render/fault.ts";
import type { FunctionConfig } from "./function-config.ts";

type ConfigData = Readonly<Record<string, string>>;

export interface ConfigReaderOptions {
  /** Our release: the tag of the default images. */
  readonly version: string;
  /** Every `<ID in upper case><version>_RUNTIME` of the environment. */
  readonly imageOverrides: Readonly<Record<string, string>>;
}

/** Understands the `data` of `kubeless-config`; without a ConfigMap everything has its default. */
export type ConfigReader = (data: ConfigData | undefined) => FunctionConfig | Fault;

/** The same data is understood once, however many Functions ask. */
export function createConfigReader(options: ConfigReaderOptions): ConfigReader {
  const understood = new WeakMap<ConfigData, FunctionConfig | Fault>();
  const withoutConfig = read({}, options);
  return (data) => {
    if (data === undefined) return withoutConfig;
    const known = understood.get(data) ?? read(data, options);
    understood.set(data, known);
    return known;
  };
}

/** The variables of an environment that name a runtime's image: `NODEJS24_RUNTIME`, `PYTHON3.7_RUNTIME`. */
export function findImageOverrides(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const named = Object.entries(environment).filter(
    ([name, value]) => /^[A-Z_-]+[0-9.]*_RUNTIME$/.test(name) && value,
  );
  return Object.fromEntries(named) as Record<string, string>;
}

function read(data: ConfigData, { version, imageOverrides }: ConfigReaderOptions): FunctionConfig | Fault {
  const parsed = parseKubelessConfig(data);
  if (!parsed.ok) {
    return fault(
      "ConfigurationInvalid",
      `kubeless-config cannot be read; correct it: ${formatFaults(parsed.faults).replaceAll("\n", "; ")}.`,
    );
  }
  const { runtimes, deployment, provisionImage, provisionImageSecret, builderImageSecret } = parsed.value;
  return {
    runtimes: data["runtime-images"] === undefined ? defaultRuntimes(version) : runtimes,
    deployment,
    provisionImage: isProvisioner(provisionImage) ? provisionImage : defaultProvisionImage(version),
    pullSecrets: [provisionImageSecret, builderImageSecret].filter((name) => name !== ""),
    imageOverrides,
  };
}

/** The image that Kubeless 1.0.x unpacked with holds a shell and no provisioner; its configuration may still name it. */
function isProvisioner(image: string): boolean {
  return image !== "" && !/(^|\/)kubeless\/unzip([:@]|$)/.test(image);
}
