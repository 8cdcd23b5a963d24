import { labels, parseRevision, REVISION_FIELDS } from "@kubeless/api-types";
import { isOwnedBy, resources } from "@kubeless/controller-kit";
import type { Cluster } from "../cluster.ts";
import type { FunctionObject, FunctionSpec, LiveFunction } from "./function-object.ts";

/** A kept revision of a function: everything in its spec that reached the pods. */
export interface Revision {
  /** The name of its ConfigMap, `<function>-<hash>`. */
  readonly name: string;
  readonly hash: string;
  readonly createdAt: string;
  readonly spec: Partial<FunctionSpec>;
}

/** The revisions the function controller keeps for a function, the newest first. */
export async function listRevisions(owner: LiveFunction, cluster: Cluster): Promise<readonly Revision[]> {
  const { items } = await cluster.client.list(resources.configMaps, {
    namespace: cluster.namespace,
    labelSelector: `${labels.function}=${owner.metadata.name},${labels.revision}`,
  });
  return items
    .filter((item) => isOwnedBy(item, owner.metadata.uid))
    .map(({ metadata, data = {} }) => ({
      name: metadata.name,
      hash: metadata.labels?.[labels.revision] ?? "",
      createdAt: metadata.creationTimestamp,
      spec: parseRevision(data) as Partial<FunctionSpec>,
    }))
    .toSorted((a, b) => (a.createdAt > b.createdAt ? -1 : 1));
}

/** The Function with a revision's fields over its own; fields the revision did not set go, the number of pods stays. */
export function applyRevision(before: FunctionObject, { spec }: Revision): FunctionObject {
  const kept = Object.entries(before.spec).filter(([key]) => !REVISION_FIELDS.includes(key as never));
  const restored = { ...Object.fromEntries(kept), ...spec } as FunctionSpec;
  const pods = (before.spec.deployment?.spec as { replicas?: number } | null | undefined)?.replicas;
  if (pods !== undefined)
    restored.deployment = {
      ...restored.deployment,
      spec: { ...restored.deployment?.spec, replicas: pods } as object,
    };
  return { ...before, spec: restored };
}
