import type { Clock } from "../../api/cluster-api.ts";
import type { Pod } from "../../node/pod.ts";
import { conditionOf, isSuspended, type Job, type Verdict } from "./job.ts";
import { isActive, restartsOf } from "./job-pods.ts";
import type { Tally } from "./tally.ts";

const reached = {
  isSuccess: true,
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
} as const;

/** Why the job must end though its pods have not, or did already begin to; nothing while it may go on. */
export function judgeFailure(
  job: Job,
  pods: readonly Pod[],
  tally: Tally,
  clock: Clock,
): Verdict | undefined {
  const begun = conditionOf(job, "FailureTarget");
  if (begun !== undefined)
    return { isSuccess: false, reason: begun.reason ?? "", message: begun.message ?? "" };
  if (conditionOf(job, "SuccessCriteriaMet") !== undefined) return reached;
  if (isPastBackOffLimit(job, pods, tally)) {
    const message = "Job has reached the specified backoff limit";
    return { isSuccess: false, reason: "BackoffLimitExceeded", message };
  }
  if ((untilDeadlineMs(job, clock) ?? 1) > 0) return undefined;
  const message = "Job was active longer than specified deadline";
  return { isSuccess: false, reason: "DeadlineExceeded", message };
}

/** A job without `completions` is complete with its first success, as soon as no pod works any more. */
export function judgeSuccess(job: Job, tally: Tally, active: number): Verdict | undefined {
  if (active > 0) return undefined;
  const isComplete =
    job.spec.completions === undefined ? tally.succeeded > 0 : tally.succeeded >= job.spec.completions;
  return isComplete ? reached : undefined;
}

/** Milliseconds until `activeDeadlineSeconds` are over; nothing when there is none, or it does not run. */
export function untilDeadlineMs(job: Job, clock: Clock): number | undefined {
  const { activeDeadlineSeconds } = job.spec;
  const startTime = job.status?.startTime;
  if (activeDeadlineSeconds === undefined || startTime === undefined || isSuspended(job)) return undefined;
  return Date.parse(startTime) + activeDeadlineSeconds * 1000 - clock.now();
}

function isPastBackOffLimit(job: Job, pods: readonly Pod[], tally: Tally): boolean {
  const { backoffLimit = 6, template } = job.spec;
  if (tally.failed > backoffLimit) return true;
  if (template.spec?.restartPolicy !== "OnFailure") return false;
  const restarts = restartsOf(pods.filter(isActive));
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}
