import type { ClusterClient, Logger, ProjectionManager } from "@kubeless/controller-kit";
import { createProjectionManager } from "@kubeless/controller-kit";
import { createCronJobProjection } from "@kubeless/cronjob-trigger";
import { createConfigReader, createFunctionProjection } from "@kubeless/function-controller";
import { createHttpProjection } from "@kubeless/http-trigger";
import { configLocation } from "./install.ts";

/**
 * Every controller, as it runs in a cluster, over one set of informers. Only the edges differ: there is one process, so
 * nobody is elected, and nobody probes it.
 */
export function createControllers(client: ClusterClient, version: string, logger: Logger): ProjectionManager {
  return createProjectionManager({
    name: "local-platform",
    identity: "local",
    client,
    projections: [
      createFunctionProjection({
        config: configLocation,
        readConfig: createConfigReader({ version, imageOverrides: {} }),
      }),
      createCronJobProjection({
        namespace: configLocation.namespace,
        image: `ghcr.io/kubeless/cronjob-trigger:${version}`,
        now: () => new Date(),
      }),
      createHttpProjection({ namespace: configLocation.namespace, now: () => new Date() }),
    ],
    logger,
  });
}
