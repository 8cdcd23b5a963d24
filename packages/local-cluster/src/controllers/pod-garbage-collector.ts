import type { Clock, ClusterApi } from "../api/cluster-api.ts";
import { timestamp } from "../node/events.ts";
import type { Pod } from "../node/pod.ts";
import type { StartController } from "./context.ts";
import { keyOf } from "./owners.ts";

const everyMs = 20_000;
const quarantineMs = 40_000;
const mostTerminated = 12_500;

/**
 * Deletes pods that nobody else will: those of a node that is no more, once it has been missed for 40 s, and the oldest
 * of more than 12,500 that have ended.
 *
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection
 */
export const startPodGarbageCollector: StartController = ({ api, clock, onFault }) => {
  const missedSince = new Map<string, number>();
  let timer: { clear(): void };
  const collect = () => {
    try {
      const pods = api.list<Pod>("pods");
      deleteTerminated(api, pods);
      deleteOrphaned(api, clock, pods, missedSince);
    } catch (error) {
      onFault(error);
    }
    timer = clock.setTimeout(collect, everyMs);
  };
  timer = clock.setTimeout(collect, everyMs);
  return { stop: () => timer.clear() };
};

function deleteTerminated(api: ClusterApi, pods: readonly Pod[]): void {
  const ended = pods.filter(isOver);
  const byAge = ended.sort((a, b) => (age(a) < age(b) ? -1 : 1));
  for (const pod of byAge.slice(0, Math.max(0, ended.length - mostTerminated))) remove(api, pod);
}

function deleteOrphaned(
  api: ClusterApi,
  clock: Clock,
  pods: readonly Pod[],
  missedSince: Map<string, number>,
): void {
  const isThere = (node: string) => api.get("nodes", undefined, node) !== undefined;
  const missing = new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []).filter((node) => !isThere(node)));
  for (const node of missedSince.keys()) if (!missing.has(node)) missedSince.delete(node);
  for (const node of missing) {
    const since = missedSince.get(node) ?? clock.now();
    missedSince.set(node, since);
    if (clock.now() - since < quarantineMs) continue;
    for (const pod of pods) if (pod.spec.nodeName === node) removeLost(api, clock, pod);
  }
}

/** A pod of a lost node cannot tell of its end: it is said to have failed, so that whoever waits for it goes on. */
function removeLost(api: ClusterApi, clock: Clock, pod: Pod): void {
  const { status } = pod;
  const type = "DisruptionTarget";
  const disrupted = {
    type,
    status: "True",
    reason: "DeletionByPodGC",
    message: "PodGC: node no longer exists",
    lastTransitionTime: timestamp(clock),
  };
  const others = (status?.conditions ?? []).filter((condition) => condition.type !== type);
  if (!isOver(pod)) {
    api.updateStatus("pods", {
      ...pod,
      status: { ...status, phase: "Failed", conditions: [...others, disrupted] },
    });
  }
  remove(api, pod);
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function age(pod: Pod): string {
  return `${pod.metadata.creationTimestamp} ${keyOf(pod)}`;
}

function remove(api: ClusterApi, { metadata: { namespace, name, uid } }: Pod): void {
  api.delete("pods", namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
}
