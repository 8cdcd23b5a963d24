import type { ClusterClient } from "../cluster/client.ts";
import { resources } from "../cluster/resources.ts";
import { createInformer } from "../informer/informer.ts";
import type { Logger } from "../log/logger.ts";
import { aborted } from "../run/aborted.ts";
import { createProjectionManager, type ProjectionManagerOptions } from "./projection-manager.ts";

export interface RunProjectionsOptions
  extends Pick<ProjectionManagerOptions, "name" | "identity" | "projections" | "leaseNamespace" | "health"> {
  client: ClusterClient;
  /** The ConfigMap whose key `functions-namespace` says which namespace is served: all of them when it is empty. */
  config: { namespace: string; name: string };
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Runs projections as a controller of ours does, until the signal. When the namespace that the configuration names
 * changes, it begins anew with the other one; the process need not be started again.
 */
export async function runProjections(options: RunProjectionsOptions): Promise<void> {
  const { client, config, logger, signal } = options;
  const fieldSelector = `metadata.name=${config.name}`;
  const informer = createInformer({
    client,
    resource: resources.configMaps,
    namespace: config.namespace,
    fieldSelector,
    logger,
  });
  informer.start();
  try {
    await Promise.race([informer.synced(), aborted(signal)]);
    const readNamespace = () => informer.get(config)?.data?.["functions-namespace"] || undefined;
    while (!signal.aborted) {
      const namespace = readNamespace();
      const changed = new AbortController();
      const unwatch = informer.onChange(() => {
        if (readNamespace() !== namespace) changed.abort();
      });
      await serve(options, namespace, AbortSignal.any([signal, changed.signal]));
      unwatch();
    }
  } finally {
    await informer.stop();
  }
}

async function serve(
  options: RunProjectionsOptions,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const manager = createProjectionManager({ ...options, namespace });
  await manager.start();
  options.logger.info(
    { namespace: namespace ?? "all", config: options.config },
    "Controller synced and ready",
  );
  try {
    await aborted(signal);
  } finally {
    await manager.stop();
  }
}
