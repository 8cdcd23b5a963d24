import type { Clock, ClusterApi } from "../api/cluster-api.ts";
import type { NodeFacts } from "./downward-api.ts";
import type { EventType } from "./events.ts";
import type { LogLimits } from "./log-file.ts";
import type { ImageEntry } from "./node-agent.ts";
import type { Container, Pod } from "./pod.ts";
import type { PodVolumes } from "./pod-volumes.ts";
import type { ProcessTable } from "./processes.ts";

/** How long a container that keeps ending waits before it is started again; each time twice as long. */
export interface RestartBackOff {
  readonly initialMs: number;
  readonly maxMs: number;
  /** A container that has run this long starts over at `initialMs`. */
  readonly resetAfterMs: number;
}

/** What all pods of the node have in common. */
export interface NodeContext {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly node: NodeFacts;
  readonly images: readonly ImageEntry[];
  readonly processes: ProcessTable;
  readonly logLimits: LogLimits;
  readonly backOff: RestartBackOff;
  /** Variables of every container: PATH, the API server's address, what the preload needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Loaded by every Node program of a pod. */
  readonly preload: string;
  /** Told of what should not happen and ends nothing. */
  readonly onFault: (error: unknown) => void;
}

/** What a container's runner needs of its pod. */
export interface PodContext extends NodeContext {
  readonly folder: string;
  readonly volumes: PodVolumes;
  pod(): Pod;
  realPort(port: number): number;
  publish(): void;
  record(type: EventType, reason: string, message: string, container?: Container): void;
  /** Resolves on the next change of the pod or of an object it reads, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
}
