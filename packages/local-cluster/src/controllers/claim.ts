import type { ClusterApi, GroupResource, KubeObject, LabelSelector } from "../api/cluster-api.ts";
import { hasReason } from "../errors.ts";
import { labelMatcher } from "../store/selectors.ts";
import { controllerOf, toOwner } from "./owners.ts";

/** An object whose children are found by a label selector. */
export interface Selecting extends KubeObject {
  readonly spec: { readonly selector: LabelSelector };
}

/**
 * The children of `owner` among `candidates`: those it controls, and orphans that its selector takes, which it adopts.
 * A child that the selector no longer takes is released. An owner that is being deleted changes nothing.
 */
export function claim<T extends KubeObject>(
  api: ClusterApi,
  resource: GroupResource,
  owner: Selecting,
  candidates: readonly T[],
): T[] {
  const matches = labelMatcher(owner.spec.selector);
  const isGoing = owner.metadata.deletionTimestamp !== undefined;
  return candidates.flatMap((child) => {
    const controller = controllerOf(child);
    const isWanted = matches(child.metadata.labels);
    if (controller?.uid === owner.metadata.uid) {
      if (isWanted) return [child];
      if (!isGoing) release(api, resource, owner, child);
      return [];
    }
    const isOrphan = controller === undefined && child.metadata.deletionTimestamp === undefined;
    return isWanted && isOrphan && !isGoing ? adopt(api, resource, owner, child) : [];
  });
}

function adopt<T extends KubeObject>(
  api: ClusterApi,
  resource: GroupResource,
  owner: Selecting,
  child: T,
): T[] {
  const ownerReferences = [...(child.metadata.ownerReferences ?? []), toOwner(owner)];
  return unlessGone(() =>
    api.update<T>(resource, { ...child, metadata: { ...child.metadata, ownerReferences } }),
  );
}

function release(api: ClusterApi, resource: GroupResource, owner: Selecting, child: KubeObject): void {
  const { ownerReferences = [], ...metadata } = child.metadata;
  const others = ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid);
  const left = others.length === 0 ? {} : { ownerReferences: others };
  unlessGone(() => api.update(resource, { ...child, metadata: { ...metadata, ...left } }));
}

function unlessGone<T>(write: () => T): T[] {
  try {
    return [write()];
  } catch (error) {
    if (hasReason(error, "NotFound")) return [];
    throw error;
  }
}
