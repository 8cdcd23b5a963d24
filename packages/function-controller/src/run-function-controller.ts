import { once } from "node:events";
import {
  type ClusterClient,
  createInformer,
  createProjectionManager,
  type Logger,
  resources,
} from "@kubeless/controller-kit";
import type { ConfigLocation } from "./config/find-config.ts";
import { createConfigReader } from "./config/read-config.ts";
import { createFunctionProjection } from "./function-projection.ts";
import { VERSION } from "./version.ts";

export interface FunctionControllerSettings {
  readonly config: ConfigLocation;
  readonly imageOverrides: Readonly<Record<string, string>>;
  /** The pod's name and something random. */
  readonly identity: string;
  readonly leaseNamespace: string;
  readonly healthPort: number;
}

/**
 * Runs the controller until the signal. Which namespace it serves stands in the configuration (`functions-namespace`,
 * all of them when empty): when that changes, it begins anew with the other one.
 */
export async function runFunctionController(
  client: ClusterClient,
  settings: FunctionControllerSettings,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const { config } = settings;
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
    await informer.synced();
    const readNamespace = () => informer.get(config)?.data?.["functions-namespace"] || undefined;
    while (!signal.aborted) {
      const namespace = readNamespace();
      const ended = new AbortController();
      const unwatch = informer.onChange(() => {
        if (readNamespace() !== namespace) ended.abort();
      });
      await serve(client, settings, namespace, AbortSignal.any([signal, ended.signal]), logger);
      unwatch();
    }
  } finally {
    await informer.stop();
  }
}

async function serve(
  client: ClusterClient,
  settings: FunctionControllerSettings,
  namespace: string | undefined,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> {
  const { config, imageOverrides, identity, leaseNamespace, healthPort } = settings;
  const readConfig = createConfigReader({ version: VERSION, imageOverrides });
  const manager = createProjectionManager({
    name: "function-controller",
    identity,
    client,
    projections: [createFunctionProjection({ config, readConfig })],
    namespace,
    leaseNamespace,
    health: { port: healthPort },
    logger,
  });
  await manager.start();
  logger.info({ version: VERSION, namespace: namespace ?? "all", config }, "Controller synced and ready");
  try {
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await manager.stop();
  }
}
