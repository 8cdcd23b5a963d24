import type { Registry } from "prom-client";
import { Registry as PrometheusRegistry } from "prom-client";
import type { ClusterClient } from "../cluster/client.ts";
import { createLeaderElection, type LeaderElection } from "../election/leader-election.ts";
import { createEventRecorder } from "../events/event-recorder.ts";
import { createInformerCache } from "../informer/informer-cache.ts";
import { type Logger, silentLogger } from "../log/logger.ts";
import { createControllerMetrics } from "../reconcile/controller-metrics.ts";
import { createHealthServer } from "../run/health-server.ts";
import { createManager, type Manager } from "../run/manager.ts";
import type { Projection } from "./projection.ts";
import { createProjectionController, type ProjectionController } from "./projection-controller.ts";

export interface ProjectionManagerOptions {
  /** `function-controller`: the Lease's name, and who events are by. */
  name: string;
  /** This process, unlike any other: the pod's name and something random. */
  identity: string;
  client: ClusterClient;
  projections: readonly Projection<object>[];
  /** The only namespace it works in; absent: all. */
  namespace?: string | undefined;
  /** Where the Lease lies; absent: no election, this is the only process. */
  leaseNamespace?: string | undefined;
  /** Where `/healthz`, `/readyz` and `/metrics` are served; absent: nowhere. */
  health?: { port: number; host?: string | undefined } | undefined;
  registry?: Registry | undefined;
  workers?: number | undefined;
  logger?: Logger | undefined;
}

export interface ProjectionManager extends Manager {
  readonly controllers: readonly ProjectionController[];
  /** Resolves when every list is there and nothing is queued or worked on. */
  idle(): Promise<void>;
}

/** Everything a process with projections is made of, wired: health server, informers, election, controllers. */
export function createProjectionManager(options: ProjectionManagerOptions): ProjectionManager {
  const { client, name, identity, namespace, logger = silentLogger } = options;
  const { registry = new PrometheusRegistry(), workers } = options;
  const manager = createManager({ logger });
  const cache = createInformerCache({ client, namespace, logger });
  const election =
    options.leaseNamespace === undefined ? undefined : createElection(options.leaseNamespace, options);
  const events = createEventRecorder({
    client,
    controller: `kubeless.io/${name}`,
    instance: identity,
    logger,
  });
  const metrics = createControllerMetrics(registry);
  const shared = { client, cache, election, events, metrics, workers, logger };
  const controllers = options.projections.map((projection) =>
    createProjectionController({ ...shared, projection }),
  );

  if (options.health) manager.add("servers", createHealthServer({ ...options.health, manager, registry }));
  manager.add("caches", {
    name: "informers",
    start: cache.start,
    stop: cache.stop,
    notReady: () => (cache.hasSynced ? undefined : "the first lists are not complete"),
  });
  if (election)
    manager.add("election", { name: "leader election", start: election.start, stop: election.stop });
  for (const controller of controllers) manager.add("controllers", controller);

  return {
    ...manager,
    controllers,
    async idle() {
      await cache.synced();
      for (const controller of controllers) await controller.idle();
    },
  };
}

function createElection(
  namespace: string,
  { client, name, identity, logger }: ProjectionManagerOptions,
): LeaderElection {
  return createLeaderElection({ client, namespace, name, identity, logger });
}
