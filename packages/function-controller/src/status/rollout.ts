import { labels } from "@kubeless/api-types";
import type { Wire } from "@kubeless/controller-kit";
import type { V1Deployment } from "@kubernetes/client-node";
import type { Pod } from "./pod-problem.ts";

/** How far a Deployment is on the way to the wanted revision. */
export interface Rollout {
  /** Every pod runs the wanted revision, takes calls, and no old pod takes any more. */
  readonly isComplete: boolean;
  /** The Deployment has given up waiting (progressDeadlineSeconds). */
  readonly isStuck: boolean;
  /** The one revision that all ready pods run. */
  readonly servingRevision: string | undefined;
  /** When to look again though nothing changes; undefined when there is no need. */
  readonly settlesInMs: number | undefined;
}

/**
 * How long a pod that is going may still be given new connections: the kubelet says it is terminating, its endpoint is
 * withdrawn, and kube-proxy writes its rules at most once a second (`--iptables-min-sync-period`, nftables alike).
 */
const SETTLE_MS = 2_000;

export function readRollout(
  deployment: Partial<Wire<V1Deployment>> | undefined,
  pods: readonly Pod[],
  revision: string | undefined,
  now: number,
): Rollout {
  const { spec, status } = deployment ?? {};
  const wanted = spec?.replicas ?? 1;
  const isAsked = spec?.template.metadata?.labels?.[labels.revision] === revision;
  const isCurrent = isSeen(deployment);
  const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas];
  const areAllUpdated = counts.every((count) => (count ?? 0) === wanted);
  const hasOldPods = pods.some((pod) => pod.metadata.labels?.[labels.revision] !== revision && isKept(pod));
  const settlesInMs = Math.max(0, ...pods.map((pod) => settling(pod, revision, now)));
  const serving = new Set(pods.filter(isReady).map((pod) => pod.metadata.labels?.[labels.revision]));
  return {
    isComplete:
      revision !== undefined &&
      isAsked &&
      isCurrent &&
      wanted > 0 &&
      !hasOldPods &&
      areAllUpdated &&
      settlesInMs === 0,
    isStuck: isCurrent && hasGivenUp(status?.conditions ?? []),
    servingRevision: serving.size === 1 ? [...serving][0] : undefined,
    settlesInMs: settlesInMs > 0 ? settlesInMs : undefined,
  };
}

/**
 * The pods of the newest template; none before the Deployment's controller has made one. Without a change of the revision a
 * template changes by pull secrets, an `.npmrc`, the catalogue.
 */
export function newestPods(deployment: Partial<Wire<V1Deployment>> | undefined, pods: readonly Pod[]): Pod[] {
  if (!isSeen(deployment) || !deployment?.status?.updatedReplicas) return [];
  const newest = pods.map(({ metadata }) => metadata.creationTimestamp).reduce(later, "");
  const templates = pods.filter(({ metadata }) => metadata.creationTimestamp === newest).map(templateOf);
  return pods.filter((pod) => templates.includes(templateOf(pod)));
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}

function templateOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.["pod-template-hash"];
}

function isSeen(deployment: Partial<Wire<V1Deployment>> | undefined): boolean {
  return (deployment?.status?.observedGeneration ?? -1) >= (deployment?.metadata?.generation ?? 0);
}

/** How long a pod of another revision may still be called. `deletionTimestamp` lies its grace period in the future. */
function settling(pod: Pod, revision: string | undefined, now: number): number {
  const {
    deletionTimestamp,
    deletionGracePeriodSeconds = 0,
    labels: own,
  } = pod.metadata as Pod["metadata"] & {
    deletionGracePeriodSeconds?: number;
  };
  if (own?.[labels.revision] === revision || deletionTimestamp === undefined) return 0;
  const deletedAt = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return Math.min(SETTLE_MS, Math.max(0, deletedAt + SETTLE_MS - now));
}

/** A ReplicaSet's pod that nobody has asked to go: the Deployment's status may be known before its pods are. */
export function isKept({ metadata, status }: Pod): boolean {
  const isOfReplicaSet = metadata.ownerReferences?.some(({ kind }) => kind === "ReplicaSet") ?? false;
  const isOver = status?.phase === "Failed" || status?.phase === "Succeeded";
  return isOfReplicaSet && !isOver && metadata.deletionTimestamp === undefined;
}

export function isReady(pod: Pod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && pod.metadata.deletionTimestamp === undefined;
}

function hasGivenUp(
  conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string | undefined;
  }[],
): boolean {
  return conditions.some(
    ({ type, status, reason }) =>
      type === "Progressing" && status === "False" && reason === "ProgressDeadlineExceeded",
  );
}
