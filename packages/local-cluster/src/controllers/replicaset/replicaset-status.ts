import type { Clock } from "../../api/cluster-api.ts";
import { timestamp } from "../../node/events.ts";
import type { Pod } from "../../node/pod.ts";
import { labelMatcher } from "../../store/selectors.ts";
import type { Reconciled } from "../loop.ts";
import { isReady, untilAvailableMs } from "./pod-state.ts";
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "./replicaset.ts";

/** Why pods could not be made or deleted. */
export interface ReplicaFailure {
  readonly reason: "FailedCreate" | "FailedDelete";
  readonly message: string;
}

/** What the replica set's status should say of these pods, its own and active. */
export function renderStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  clock: Clock,
  failure: ReplicaFailure | undefined,
): ReplicaSetStatus {
  const { minReadySeconds = 0, template } = set.spec;
  const isLabeled = labelMatcher({ matchLabels: template.metadata?.labels ?? {} });
  const counts = {
    fullyLabeledReplicas: pods.filter(({ metadata }) => isLabeled(metadata.labels)).length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: pods.filter((pod) => untilAvailableMs(pod, minReadySeconds, clock) === 0).length,
    observedGeneration: set.metadata.generation ?? 0,
  };
  const conditions = withFailure(set.status?.conditions ?? [], failure, clock);
  return {
    replicas: pods.length,
    ...nonZero(counts),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** Milliseconds until the next ready pod becomes available. */
export function untilNextAvailable(set: ReplicaSet, pods: readonly Pod[], clock: Clock): Reconciled {
  const waits = pods
    .map((pod) => untilAvailableMs(pod, set.spec.minReadySeconds ?? 0, clock))
    .filter((wait) => wait !== undefined && wait > 0) as number[];
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Counters of zero are not written, as Go's `omitempty` has it. */
export function nonZero<T extends Record<string, number>>(counts: T): Partial<T> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<T>;
}

function withFailure(
  conditions: readonly ReplicaSetCondition[],
  failure: ReplicaFailure | undefined,
  clock: Clock,
): ReplicaSetCondition[] {
  const others = conditions.filter(({ type }) => type !== "ReplicaFailure");
  if (failure === undefined) return others;
  const known = conditions.find(({ type }) => type === "ReplicaFailure");
  const fresh = { type: "ReplicaFailure", status: "True", lastTransitionTime: timestamp(clock), ...failure };
  return [...others, known ?? fresh];
}
