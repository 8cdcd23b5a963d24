import type { Live, Wire } from "@kubeless/controller-kit";
import type { V1Job, V1Pod } from "@kubernetes/client-node";

export type Job = Live<Wire<V1Job>>;
export type Pod = Live<Wire<V1Pod>>;

/** How a run ended. */
export interface Run {
  readonly job: string;
  readonly succeeded: boolean;
  readonly startTime: string | undefined;
  readonly endTime: string | undefined;
  readonly durationSeconds: number | undefined;
  /** Why it failed: its pod's last words, or what Kubernetes says of the Job. */
  readonly message: string | undefined;
}

/** The last run that is over, of those whose Jobs are still kept. */
export function findLastRun(jobs: readonly Job[], pods: readonly Pod[]): Run | undefined {
  const runs = jobs.map((job) => readRun(job, pods)).filter((run) => run !== undefined);
  return runs.toSorted((a, b) => (a.endTime ?? "").localeCompare(b.endTime ?? "")).at(-1);
}

function readRun(job: Job, pods: readonly Pod[]): Run | undefined {
  const over = (job.status?.conditions ?? []).find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  if (over === undefined) return undefined;
  const succeeded = over.type === "Complete";
  const startTime = job.status?.startTime;
  const endTime = job.status?.completionTime ?? over.lastTransitionTime;
  const durationSeconds =
    startTime === undefined || endTime === undefined
      ? undefined
      : Math.max(0, Math.round((Date.parse(endTime) - Date.parse(startTime)) / 1000));
  return {
    job: job.metadata.name,
    succeeded,
    startTime,
    endTime,
    durationSeconds,
    message: succeeded ? undefined : (findLastWords(job, pods) ?? over.message),
  };
}

function findLastWords(job: Job, pods: readonly Pod[]): string | undefined {
  return pods
    .filter((pod) => (pod.metadata.ownerReferences ?? []).some(({ uid }) => uid === job.metadata.uid))
    .toSorted((a, b) =>
      String(a.metadata.creationTimestamp).localeCompare(String(b.metadata.creationTimestamp)),
    )
    .flatMap((pod) =>
      (pod.status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.message?.trim()),
    )
    .findLast((message) => message !== undefined && message !== "");
}
