import type { KubeObject, LabelSelector } from "../api/cluster-api.ts";
import { controllerOf } from "../controllers/owners.ts";
import type { Pod } from "../node/pod.ts";

export interface Budget extends KubeObject {
  readonly spec: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
    readonly unhealthyPodEvictionPolicy?: string;
  };
  readonly status?: Disruption & { readonly conditions?: readonly object[] };
}

/** What a disruption budget's status counts. */
export interface Disruption {
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  readonly disruptionsAllowed: number;
}

/** Reads an object that may have gone. */
export type Read = (resource: string, namespace: string | undefined, name: string) => KubeObject | undefined;

type Workload = KubeObject & { readonly spec?: { readonly replicas?: number } };

/**
 * How many of these pods, which a budget selects, may go now. Shares, and what may be unavailable, are of the size that
 * the pods' Deployments and ReplicaSets want: with pods of anything else nothing may go.
 *
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
 */
export function countDisruptions({ spec }: Budget, pods: readonly Pod[], read: Read): Disruption {
  const { minAvailable, maxUnavailable } = spec;
  const isCount = maxUnavailable === undefined && typeof minAvailable !== "string";
  const expected = isCount ? pods.length : wantedSize(pods, read);
  const currentHealthy = pods.filter(isHealthy).length;
  if (expected === undefined)
    return { currentHealthy, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0 };
  const desiredHealthy =
    maxUnavailable === undefined
      ? share(minAvailable ?? 1, expected)
      : Math.max(0, expected - share(maxUnavailable, expected));
  const left = expected === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  return { currentHealthy, desiredHealthy, expectedPods: expected, disruptionsAllowed: left };
}

export function isHealthy({ metadata, status }: Pod): boolean {
  const isReady = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  return isReady === true && metadata.deletionTimestamp === undefined;
}

function share(count: number | string, of: number): number {
  return typeof count === "number" ? count : Math.ceil((Number.parseInt(count, 10) * of) / 100);
}

/** Undefined when a pod belongs to nothing that has a size. */
function wantedSize(pods: readonly Pod[], read: Read): number | undefined {
  const sizes = new Map<string, number>();
  for (const pod of pods) {
    const workload = workloadOf(pod, read);
    if (workload === undefined) return undefined;
    sizes.set(workload.metadata.uid, workload.spec?.replicas ?? 1);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function workloadOf(pod: Pod, read: Read): Workload | undefined {
  const set = ownerOf(pod, "ReplicaSet", "replicasets.apps", read);
  return set && (ownerOf(set, "Deployment", "deployments.apps", read) ?? set);
}

function ownerOf(object: KubeObject, kind: string, resource: string, read: Read): Workload | undefined {
  const owner = controllerOf(object);
  if (owner?.kind !== kind) return undefined;
  const found = read(resource, object.metadata.namespace, owner.name);
  return found?.metadata.uid === owner.uid ? found : undefined;
}
