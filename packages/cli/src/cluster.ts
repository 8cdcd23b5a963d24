import type { ClusterClient, ExecOptions } from "@kubeless/controller-kit";
import { CliError, toError } from "./errors.ts";
import { findLocalPlatform } from "./local/state.ts";
import type { World } from "./world.ts";

/** What the flags say about the cluster that is meant. */
export interface ClusterTarget {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
}

/** A cluster, and the namespace a command works in. */
export interface Cluster {
  /** The context's name, as people know it. */
  readonly name: string;
  /** Whether it is the local platform of this machine, chosen or taken because there is no other. */
  readonly isLocalPlatform: boolean;
  readonly namespace: string;
  /** The API server's address; undefined where there is no cluster (see {@link findClusterIfAny}). */
  readonly server: string | undefined;
  readonly client: ClusterClient;
  /** Runs a command in a pod, and gives what it writes as it comes. Throws an ExecError when it fails. */
  readonly exec: (options: ExecOptions) => AsyncIterable<string>;
}

/**
 * Finds the cluster that is meant: `--kubeconfig` and `--context`, `KUBECONFIG`, the current context of
 * `~/.kube/config`, the local platform that runs on this machine, in this order. The local platform's context can also
 * be named outright. Nothing is sent before the first request.
 * @throws CliError NoCluster
 */
export async function findCluster(target: ClusterTarget, world: Omit<World, "connect">): Promise<Cluster> {
  const { createClusterClient, execInPod, KubeConfigError, loadKubeConfig } = await import(
    "@kubeless/controller-kit"
  );
  const local = findLocalPlatform(world.homeDirectory);
  const sources = { ...target, environment: world.environment, homeDirectory: world.homeDirectory };
  const isNamed = target.context !== undefined && target.context === local?.context;
  const load = () => {
    if (local !== undefined && isNamed && target.kubeconfig === undefined)
      return loadKubeConfig({ kubeconfig: local.kubeconfig });
    try {
      return loadKubeConfig(sources);
    } catch (error) {
      const isChosen = (target.kubeconfig ?? target.context ?? world.environment.KUBECONFIG ?? "") !== "";
      if (local === undefined || isChosen) throw error;
      return loadKubeConfig({ kubeconfig: local.kubeconfig });
    }
  };
  try {
    const kubeConfig = load();
    const client = createClusterClient({ kubeConfig, userAgent: "kubeless-cli" });
    const isLocalPlatform = local?.server === kubeConfig.getCurrentCluster()?.server;
    const namespace = target.namespace || client.namespace;
    const exec = (exec: ExecOptions) => execInPod(kubeConfig, exec);
    const name = kubeConfig.getCurrentContext();
    return { name, isLocalPlatform, namespace, server: client.server, client, exec };
  } catch (error) {
    if (!(error instanceof KubeConfigError)) throw error;
    throw toError("NoCluster", { fault: error.message }, { cause: error });
  }
}

/**
 * The cluster that is meant, for a dry run on this side, which can do without one: where none is named and none is
 * found, a cluster that throws NoCluster as soon as it is asked something.
 */
export async function findClusterIfAny(target: ClusterTarget, world: World): Promise<Cluster> {
  try {
    return await world.connect(target);
  } catch (error) {
    const isNamed = (target.kubeconfig ?? target.context) !== undefined;
    if (!(error instanceof CliError) || error.code !== "NoCluster" || isNamed) throw error;
    return {
      name: "none",
      isLocalPlatform: false,
      namespace: target.namespace || "default",
      server: undefined,
      get client(): never {
        throw error;
      },
      exec() {
        throw error;
      },
    };
  }
}

/** Says on stderr which cluster and namespace the write that follows goes to. */
export async function announce(cluster: Cluster, world: World): Promise<void> {
  const because = cluster.isLocalPlatform ? " (the local platform)" : "";
  await world.stderr.write(`Cluster ${cluster.name}${because}, namespace ${cluster.namespace}\n`);
}
