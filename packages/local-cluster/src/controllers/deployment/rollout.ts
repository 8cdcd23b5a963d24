import { namespaceOf, type Pod } from "../../node/pod.ts";
import { isControlledBy } from "../owners.ts";
import { hasEnded } from "../replicaset/pod-state.ts";
import { type ReplicaSet, sizeOf } from "../replicaset/replicaset.ts";
import {
  allOf,
  type Deployment,
  type Desk,
  maxUnavailable,
  type ReplicaSets,
  wantedSize,
} from "./deployment.ts";
import { createReplicaSet, findReplicaSets } from "./replica-sets.ts";
import { activeOf, availableOf, resize, rollingSize, totalSize } from "./scaling.ts";

/** One step of a rollout by RollingUpdate: up by what surge allows, or else down by what availability allows. */
export function rollOn(desk: Desk, deployment: Deployment, sets: ReplicaSets): void {
  if (sets.current === undefined) {
    createReplicaSet(desk, deployment, sets);
    return;
  }
  const size = sizeOf(sets.current);
  const wanted = wantedSize(deployment);
  const next = size > wanted ? wanted : rollingSize(deployment, allOf(sets), size);
  if (next !== size && resize(desk, deployment, sets.current, next)) return;
  shrinkOld(desk, deployment, { current: sets.current, old: sets.old });
}

/** What of the old may go: first what is not available anyway, then as many available as are above the minimum. */
function shrinkOld(desk: Desk, deployment: Deployment, { current, old }: Required<ReplicaSets>): void {
  const set = current as ReplicaSet;
  const least = wantedSize(deployment) - maxUnavailable(deployment);
  const missing = sizeOf(set) - availableOf(set);
  let mayGo = totalSize([...old, set]) - least - missing;
  if (mayGo <= 0) return;
  for (const one of activeOf(old)) {
    const idle = Math.min(mayGo, sizeOf(one) - availableOf(one));
    if (idle > 0) resize(desk, deployment, one, sizeOf(one) - idle);
    mayGo -= Math.max(0, idle);
  }
  const now = findReplicaSets(desk, deployment);
  let surplus = allOf(now).reduce((sum, one) => sum + availableOf(one), 0) - least;
  for (const one of activeOf(now.old)) {
    const going = Math.min(sizeOf(one), Math.max(0, surplus));
    if (going > 0) resize(desk, deployment, one, sizeOf(one) - going);
    surplus -= going;
  }
}

/** One step of a rollout by Recreate: nothing of the new before nothing of the old is left. */
export function recreate(desk: Desk, deployment: Deployment, sets: ReplicaSets): void {
  const active = activeOf(sets.old);
  for (const set of active) resize(desk, deployment, set, 0);
  if (active.length > 0 || hasOldPods(desk, deployment, sets)) return;
  if (sets.current === undefined) createReplicaSet(desk, deployment, sets);
  else resize(desk, deployment, sets.current, wantedSize(deployment));
}

/** Pods on their way out count: they still hold what the new ones may need. */
function hasOldPods({ api }: Desk, deployment: Deployment, { old }: ReplicaSets): boolean {
  return api
    .list<Pod>("pods", { namespace: namespaceOf(deployment) })
    .some((pod) => !hasEnded(pod) && old.some((set) => isControlledBy(pod, set)));
}
