import type { Clock } from "../../api/cluster-api.ts";
import type { Pod, PodCondition } from "../../node/pod.ts";

/** Neither ended nor on its way out: it counts as a replica. */
export function isActive({ status, metadata }: Pod): boolean {
  return !hasEnded({ status }) && metadata.deletionTimestamp === undefined;
}

export function hasEnded({ status }: { readonly status?: Pod["status"] | undefined }): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

export function isReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === "True";
}

/** Since when the pod is ready, in milliseconds since the epoch; nothing when it is not. */
export function readySince(pod: Pod): number | undefined {
  if (!isReady(pod)) return undefined;
  const since = Date.parse(readyCondition(pod)?.lastTransitionTime ?? "");
  return Number.isNaN(since) ? undefined : since;
}

/** Milliseconds until a ready pod has been so for `minReadySeconds`, 0 when it has; nothing for one that is not ready. */
export function untilAvailableMs(pod: Pod, minReadySeconds: number, clock: Clock): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySince(pod);
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - clock.now());
}

function readyCondition({ status }: Pod): PodCondition | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready");
}
