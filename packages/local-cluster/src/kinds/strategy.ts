import type { Fault } from "../errors.ts";
import type { Cluster, Target } from "../pipeline/cluster.ts";
import type { Draft, Resource } from "./resource.ts";

/** What a kind does beyond the general rules; every step is optional. */
export interface Strategy {
  /** Completes a new object: allocations, initial status. */
  readonly prepareCreate?: (draft: Draft, cluster: Cluster, target: Target) => void;
  /** Keeps what may not change silently. */
  readonly prepareUpdate?: (draft: Draft, before: Draft, cluster: Cluster) => void;
  readonly validate?: (draft: Draft, cluster: Cluster) => Fault[];
  readonly validateUpdate?: (draft: Draft, before: Draft) => Fault[];
  /** Before an object is removed or marked; throws what must not be deleted. */
  readonly prepareDelete?: (draft: Draft, cluster: Cluster, target: Target) => void;
  /** After a create or update is in the store. */
  readonly committed?: (object: Draft, cluster: Cluster, target: Target) => void;
  readonly deleted?: (object: Draft, cluster: Cluster) => void;
}

/** Built-in kinds whose `metadata.generation` counts changes of their spec; custom kinds always do. */
const generations = new Set(
  "pods deployments.apps replicasets.apps jobs.batch cronjobs.batch ingresses.networking.k8s.io ingressclasses.networking.k8s.io networkpolicies.networking.k8s.io poddisruptionbudgets.policy endpointslices.discovery.k8s.io customresourcedefinitions.apiextensions.k8s.io".split(
    " ",
  ),
);

export function countsGenerations(resource: Resource): boolean {
  return resource.custom || generations.has(resource.id);
}
