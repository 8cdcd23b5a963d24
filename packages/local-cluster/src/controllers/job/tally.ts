import type { Clock, ClusterApi } from "../../api/cluster-api.ts";
import type { Pod } from "../../node/pod.ts";
import type { FailureBackOff } from "./failure-back-off.ts";
import { formatIndexes, indexOf, parseIndexes } from "./indexes.ts";
import { isIndexed, type Job, type JobStatus } from "./job.ts";
import { endedAt, isFailed, isSucceeded, isTracked, release } from "./job-pods.ts";

/** How many pods have ended how, each counted once. */
export interface Tally {
  readonly succeeded: number;
  readonly failed: number;
  /** Which indexes an Indexed job has done. */
  readonly done: ReadonlySet<number>;
}

/**
 * Counts the pods that have ended since the last look. Their uids are written down first, then their finalizers are
 * taken off, then they are counted: whoever stops in between counts none twice and forgets none.
 * Rule: https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-tracking-with-finalizers
 */
export function countEnded(
  api: ClusterApi,
  clock: Clock,
  backOff: FailureBackOff,
  job: Job,
  pods: readonly Pod[],
): { readonly job: Job; readonly tally: Tally } {
  const before = job.status ?? {};
  const { succeeded = [], failed = [] } = before.uncountedTerminatedPods ?? {};
  const known = new Set([...succeeded, ...failed]);
  const ended = pods.filter((pod) => isTracked(pod) && (isSucceeded(pod) || isFailed(pod, job)));
  const fresh = ended.filter((pod) => !known.has(pod.metadata.uid));
  const uncounted = {
    succeeded: [...succeeded, ...uidsOf(fresh.filter(isSucceeded))],
    failed: [...failed, ...uidsOf(fresh.filter((pod) => !isSucceeded(pod)))],
  };
  const done = new Set(parseIndexes(before.completedIndexes, job.spec.completions ?? 0));
  for (const pod of fresh.filter(isSucceeded)) {
    const index = indexOf(pod, job.spec.completions ?? 0);
    if (index !== undefined) done.add(index);
  }
  const noted =
    fresh.length === 0
      ? job
      : note(api, job, { ...before, uncountedTerminatedPods: uncounted, ...completed(job, done) });
  for (const pod of ended) release(api, pod);
  const now = clock.now();
  backOff.note(
    job.metadata.uid,
    fresh.map((pod) => ({ at: Math.min(endedAt(pod, now), now), isSuccess: isSucceeded(pod) })),
  );
  const tally = {
    succeeded: isIndexed(job) ? done.size : (before.succeeded ?? 0) + uncounted.succeeded.length,
    failed: (before.failed ?? 0) + uncounted.failed.length,
    done,
  };
  return { job: noted, tally };
}

function note(api: ClusterApi, job: Job, status: JobStatus): Job {
  return api.updateStatus<Job>("jobs.batch", { ...job, status });
}

/** `completedIndexes` of an Indexed job, once there is one. */
export function completed(job: Job, done: ReadonlySet<number>): Pick<JobStatus, "completedIndexes"> {
  return isIndexed(job) && done.size > 0 ? { completedIndexes: formatIndexes(done) } : {};
}

function uidsOf(pods: readonly Pod[]): string[] {
  return pods.map(({ metadata }) => metadata.uid);
}
