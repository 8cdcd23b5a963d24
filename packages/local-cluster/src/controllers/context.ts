import type { Clock, ClusterApi } from "../api/cluster-api.ts";
import type { ContainerUsage } from "../node/node-agent.ts";

/** What every embedded controller gets. */
export interface ControllerContext {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** What pods use now, for autoscalers. */
  readonly usage: () => readonly ContainerUsage[];
  /** Told of faults that concern no single request. */
  readonly onFault: (error: unknown) => void;
}

/** One of the cluster's controllers: works from when it was started until it is stopped. */
export type StartController = (context: ControllerContext) => { stop(): void };
