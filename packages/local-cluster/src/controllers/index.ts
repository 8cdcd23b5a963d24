import type { Clock, ClusterApi } from "../api/cluster-api.ts";
import type { ContainerUsage } from "../node/node-agent.ts";
import { startAutoscalerController } from "./autoscaler/autoscaler-controller.ts";
import type { StartController } from "./context.ts";
import { startCronJobController } from "./cron-job/cron-job-controller.ts";
import { startDeploymentController } from "./deployment/deployment-controller.ts";
import { startDisruptionBudgets } from "./disruption-budgets.ts";
import { startEndpointSlices } from "./endpoint-slices.ts";
import { startEndpoints } from "./endpoints.ts";
import { startGarbageCollector } from "./garbage-collector.ts";
import { startJobController } from "./job/job-controller.ts";
import { startNamespaceLifecycle } from "./namespace-lifecycle.ts";
import { startPodGarbageCollector } from "./pod-garbage-collector.ts";
import { startReplicaSetController } from "./replicaset/replicaset-controller.ts";

export interface ControllerOptions {
  readonly clock: Clock;
  /** What pods use now, for autoscalers; nothing by default. */
  readonly usage?: () => readonly ContainerUsage[];
  /** Told of faults; nothing is written anywhere by default. */
  readonly onFault?: (error: unknown) => void;
}

const controllers: readonly StartController[] = [
  startDeploymentController,
  startReplicaSetController,
  startEndpointSlices,
  startEndpoints,
  startGarbageCollector,
  startJobController,
  startCronJobController,
  startAutoscalerController,
  startNamespaceLifecycle,
  startPodGarbageCollector,
  startDisruptionBudgets,
];

/** Starts the controllers that a cluster's controller manager would run. */
export function startControllers(api: ClusterApi, options: ControllerOptions): { stop(): void } {
  const context = {
    api,
    clock: options.clock,
    usage: options.usage ?? (() => []),
    onFault: options.onFault ?? (() => undefined),
  };
  const running = controllers.map((start) => start(context));
  return {
    stop() {
      for (const controller of running) controller.stop();
    },
  };
}
