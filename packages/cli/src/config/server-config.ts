import {
  DEFAULT_CONFIG_NAME,
  DEFAULT_NAMESPACE,
  defaultRuntimes,
  formatFaults,
  parseKubelessConfig,
  type RuntimeEntry,
} from "@kubeless/api-types";
import { isNotFound, resources } from "@kubeless/controller-kit";
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
    namespace: environment.KUBELESS_NAMESPACE || DEFAULT_NAMESPACE,
    name: environment.KUBELESS_CONFIG || DEFAULT_CONFIG_NAME,
  };
}

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
    return { runtimes: toChoices(defaultRuntimes("latest")), isFromCluster: false };
  }
}

/** @throws CliError NoConfiguration */
export async function readRuntimes(cluster: Cluster, world: World): Promise<readonly RuntimeChoice[]> {
  const at = configLocation(world);
  try {
    const { data = {} } = await cluster.client.get(resources.configMaps, at, { signal: world.signal });
    const config = parseKubelessConfig(data);
    if (!config.ok) throw new Error(formatFaults(config.faults));
    return toChoices(config.value.runtimes);
  } catch (error) {
    if (world.signal.aborted) throw error;
    const cause = isNotFound(error) ? "there is no such ConfigMap." : (error as Error).message;
    throw toError("NoConfiguration", { ...at, cause }, { cause: error });
  }
}

/** One choice per version of each runtime. */
function toChoices(entries: readonly RuntimeEntry[]): readonly RuntimeChoice[] {
  return entries.flatMap(({ ID, fileNameSuffix, versions }) =>
    versions.map(({ version }) => ({ name: `${ID}${version}`, id: ID, version, fileSuffix: fileNameSuffix })),
  );
}
