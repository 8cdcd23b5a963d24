import { type ReplicaSet, replicaSets, sizeOf } from "../replicaset/replicaset.ts";
import type { Deployment, Desk } from "./deployment.ts";
import { revisionOf } from "./revisions.ts";

/** Deletes the earliest of the old replica sets beyond `revisionHistoryLimit`; never one that has, or may get, pods. */
export function cleanUpHistory({ api }: Desk, { spec }: Deployment, old: readonly ReplicaSet[]): void {
  const { revisionHistoryLimit: limit } = spec;
  if (limit === undefined) return;
  const kept = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const surplus = Math.max(0, kept.length - limit);
  const byRevision = kept.sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, surplus);
  for (const { metadata } of byRevision.filter(isEmpty)) {
    const preconditions = { uid: metadata.uid };
    api.delete(replicaSets, metadata.namespace, metadata.name, {
      propagationPolicy: "Background",
      preconditions,
    });
  }
}

function isEmpty(set: ReplicaSet): boolean {
  const { replicas = 0, observedGeneration = 0 } = set.status ?? {};
  return sizeOf(set) === 0 && replicas === 0 && (set.metadata.generation ?? 0) <= observedGeneration;
}
