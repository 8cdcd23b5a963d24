import type { Clock } from "../../api/cluster-api.ts";
import type { Pod } from "../../node/pod.ts";
import { isReady, readySince } from "./pod-state.ts";

const deletionCost = "controller.kubernetes.io/pod-deletion-cost";
const phases = ["Pending", "Unknown", "Running"];

/**
 * The pods in the order in which a replica set gives them up: not scheduled, pending, not ready, cheap by annotation,
 * ready for less long, restarted more often, younger. Ages are compared by their order of magnitude (powers of two),
 * so that not always the youngest goes; ties are broken by uid.
 * Rule: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset
 */
export function inDeleteOrder(pods: readonly Pod[], clock: Clock): Pod[] {
  const now = clock.now();
  return [...pods].sort((a, b) => {
    for (const rank of ranks) {
      const difference = rank(a, now) - rank(b, now);
      if (difference !== 0) return difference;
    }
    return a.metadata.uid < b.metadata.uid ? -1 : 1;
  });
}

const ranks: readonly ((pod: Pod, now: number) => number)[] = [
  (pod) => (pod.spec.nodeName ? 1 : 0),
  (pod) => phases.indexOf(pod.status?.phase ?? "Pending"),
  (pod) => (isReady(pod) ? 1 : 0),
  costOf,
  (pod, now) => magnitude(readySince(pod), now),
  (pod) => -restartsOf(pod),
  (pod, now) => magnitude(Date.parse(pod.metadata.creationTimestamp), now),
];

/** A whole number in 32 bits; what is none counts as 0. */
function costOf({ metadata }: Pod): number {
  const text = metadata.annotations?.[deletionCost] ?? "";
  const cost = /^(?:0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) > 2 ** 31 - 1 ? 0 : cost;
}

function restartsOf({ status }: Pod): number {
  return Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function magnitude(since: number | undefined, now: number): number {
  const age = now - (since ?? now);
  return age > 0 ? Math.floor(Math.log2(age * 1e6)) : -1;
}
