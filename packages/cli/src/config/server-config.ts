import { isNotFound, resources } from "@kubeless/controller-kit";
import { load } from "js-yaml";
import type { Cluster } from "../cluster.ts";
import { toError } from "../errors.ts";
import type { RuntimeChoice } from "../function/infer.ts";
import type { World } from "../world.ts";

/** Where the cluster's configuration lies: `KUBELESS_NAMESPACE` and `KUBELESS_CONFIG`, as for the controllers. */
export function configLocation({ environment }: Pick<World, "environment">): {
  namespace: string;
  name: string;
} {
  return {
    namespace: environment.KUBELESS_NAMESPACE || "kubeless",
    name: environment.KUBELESS_CONFIG || "kubeless-config",
  };
}

/** What every default catalogue has, for when the cluster's own cannot be read. */
const usualRuntimes: readonly RuntimeChoice[] = [
  { name: "nodejs24", id: "nodejs", version: "24", fileSuffix: ".js" },
  { name: "typescript24", id: "typescript", version: "24", fileSuffix: ".ts" },
];

export interface Runtimes {
  readonly runtimes: readonly RuntimeChoice[];
  /** False when the configuration could not be read and these are only the usual ones. */
  readonly isFromCluster: boolean;
}

/** The runtimes of the cluster; when its configuration cannot be read, the usual ones, and a warning on stderr. */
export async function loadRuntimes(cluster: Cluster, world: World): Promise<Runtimes> {
  try {
    return { runtimes: await readRuntimes(cluster, world), isFromCluster: true };
  } catch (error) {
    await world.stderr.write(
      `Warning: the runtime is not checked. ${(error as Error).message.split("\n")[0]}\n`,
    );
    return { runtimes: usualRuntimes, isFromCluster: false };
  }
}

/** @throws CliError NoConfiguration */
export async function readRuntimes(cluster: Cluster, world: World): Promise<readonly RuntimeChoice[]> {
  const at = configLocation(world);
  try {
    const { data = {} } = await cluster.client.get(resources.configMaps, at, { signal: world.signal });
    return parseRuntimes(data["runtime-images"] ?? "[]");
  } catch (error) {
    if (world.signal.aborted) throw error;
    const cause = isNotFound(error) ? "there is no such ConfigMap." : (error as Error).message;
    throw toError("NoConfiguration", { ...at, cause }, { cause: error });
  }
}

/**
 * The key `runtime-images`, JSON or YAML. Names of fields are matched without regard to case, as Kubeless always did.
 * @throws Error when it is neither, or no list
 */
export function parseRuntimes(text: string): readonly RuntimeChoice[] {
  const entries = load(text);
  if (!Array.isArray(entries)) throw new Error("runtime-images is not a list.");
  return entries.flatMap((entry: unknown) => {
    const { id, filenamesuffix, versions } = lowerKeys(entry);
    return (Array.isArray(versions) ? versions : []).map((item: unknown) => {
      const version = String(lowerKeys(item).version ?? "");
      return {
        name: `${String(id)}${version}`,
        id: String(id),
        version,
        fileSuffix: String(filenamesuffix ?? ""),
      };
    });
  });
}

function lowerKeys(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]));
}
