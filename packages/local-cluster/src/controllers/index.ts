import type { Clock, ClusterApi } from "../api/cluster-api.ts";

export interface ControllerOptions {
  readonly clock: Clock;
}

/** Starts the controllers that a cluster's controller manager would run. */
export function startControllers(_api: ClusterApi, _options: ControllerOptions): { stop(): void } {
  return { stop: () => undefined };
}
