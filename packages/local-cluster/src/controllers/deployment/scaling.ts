import { type ReplicaSet, replicaSets, sizeOf } from "../replicaset/replicaset.ts";
import {
  allOf,
  type Deployment,
  type Desk,
  isRolling,
  maxSurge,
  type ReplicaSets,
  wantedSize,
} from "./deployment.ts";
import { desiredReplicasOf, maxReplicasOf, sizeAnnotations } from "./revisions.ts";

/** Sets the replica set's size, notes for what size of the deployment, and says so. Whether the size has changed. */
export function resize(desk: Desk, deployment: Deployment, set: ReplicaSet, size: number): boolean {
  const before = sizeOf(set);
  const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
  desk.api.update(replicaSets, {
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, replicas: size },
  });
  if (before === size) return false;
  const direction = size > before ? "up" : "down";
  tellScaled(
    desk,
    deployment,
    `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${size}`,
  );
  return true;
}

export function tellScaled({ recorder }: Desk, deployment: Deployment, message: string): void {
  recorder.record({ object: deployment }, "Normal", "ScalingReplicaSet", message);
}

/** Whether the deployment's size has changed since its replica sets got theirs. */
export function wasScaled(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return activeOf(sets).some((set) => {
    const desired = desiredReplicasOf(set);
    return desired !== undefined && desired !== wantedSize(deployment);
  });
}

export function activeOf(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => sizeOf(set) > 0);
}

export function totalSize(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + sizeOf(set), 0);
}

/** The size that the template's replica set, now of `size`, may have beside the others. */
export function rollingSize(deployment: Deployment, sets: readonly ReplicaSet[], size: number): number {
  const wanted = wantedSize(deployment);
  if (!isRolling(deployment)) return wanted;
  const room = wanted + maxSurge(deployment) - totalSize(sets);
  return room <= 0 ? size : size + Math.min(room, wanted - size);
}

/** What its status counts, but never more than it should have: a status may be older than the size. */
export function availableOf(set: ReplicaSet): number {
  return Math.min(set.status?.availableReplicas ?? 0, sizeOf(set));
}

/**
 * Follows a changed size of the deployment without rolling on: a single active replica set takes it, a finished one
 * takes it and the others go, and in the middle of a rollout all grow or shrink by their share.
 */
export function scale(desk: Desk, deployment: Deployment, sets: ReplicaSets): void {
  const single = singleActive(sets);
  if (single !== undefined) {
    resize(desk, deployment, single, wantedSize(deployment));
    return;
  }
  if (sets.current !== undefined && isSaturated(deployment, sets.current)) {
    for (const set of activeOf(sets.old)) resize(desk, deployment, set, 0);
    return;
  }
  if (isRolling(deployment)) scaleByShare(desk, deployment, activeOf(allOf(sets)));
}

/** The one that is active; the current one, or else the latest, when none is. */
function singleActive({ current, old }: ReplicaSets): ReplicaSet | undefined {
  const active = activeOf(allOf({ current, old }));
  if (active.length > 0) return active.length === 1 ? active[0] : undefined;
  return current ?? oldestFirst(old).at(-1);
}

function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const size = wantedSize(deployment);
  return sizeOf(set) === size && desiredReplicasOf(set) === size && set.status?.availableReplicas === size;
}

/** Larger first, as they bear the rounding; of the same size the newer when growing, the older when shrinking. */
function scaleByShare(desk: Desk, deployment: Deployment, active: readonly ReplicaSet[]): void {
  const wanted = wantedSize(deployment);
  const toAdd = (wanted > 0 ? wanted + maxSurge(deployment) : 0) - totalSize(active);
  const byAge = toAdd > 0 ? oldestFirst(active).reverse() : oldestFirst(active);
  const ordered = byAge.sort((a, b) => sizeOf(b) - sizeOf(a));
  let left = toAdd;
  const sizes = ordered.map((set) => {
    const added = shareOf(deployment, set, left);
    left -= added;
    return sizeOf(set) + added;
  });
  for (const [index, set] of ordered.entries()) {
    const size = (sizes[index] ?? 0) + (index === 0 ? left : 0);
    resize(desk, deployment, set, Math.max(0, size));
  }
}

/** What this one adds (or gives up) to stay in proportion, within what is left. */
function shareOf(deployment: Deployment, set: ReplicaSet, left: number): number {
  if (left === 0) return 0;
  const wanted = wantedSize(deployment);
  const before = maxReplicasOf(set) || deployment.status?.replicas || sizeOf(set);
  const size = wanted === 0 ? 0 : Math.round((sizeOf(set) * (wanted + maxSurge(deployment))) / before);
  const added = size - sizeOf(set);
  return left > 0 ? Math.min(added, left) : Math.max(added, left);
}

/** By time of creation, then by name. */
export function oldestFirst(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return [...sets].sort((a, b) => {
    const difference = Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);
    return difference || (a.metadata.name < b.metadata.name ? -1 : 1);
  });
}
