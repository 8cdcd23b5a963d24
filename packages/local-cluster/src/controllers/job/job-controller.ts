import type { ClusterApi } from "../../api/cluster-api.ts";
import { EventRecorder, timestamp } from "../../node/events.ts";
import type { Pod } from "../../node/pod.ts";
import type { ControllerContext, StartController } from "../context.ts";
import { type Reconciled, startLoop } from "../loop.ts";
import { keyOf, splitKey } from "../owners.ts";
import { FailureBackOff } from "./failure-back-off.ts";
import { indexOf, nextIndexes } from "./indexes.ts";
import {
  conditionOf,
  endOf,
  isIndexed,
  isSuspended,
  type Job,
  type JobCondition,
  type JobStatus,
  type Verdict,
  withCondition,
} from "./job.ts";
import {
  cheapestFirst,
  isActive,
  isEnded,
  isOf,
  isReady,
  isTracked,
  jobNameOf,
  podsNaming,
  release,
  renderPod,
} from "./job-pods.ts";
import { completed, countEnded, type Tally } from "./tally.ts";
import { judgeFailure, judgeSuccess, untilDeadlineMs } from "./verdict.ts";

/** Jobs: runs pods until enough have succeeded or too many have failed. */
export const startJobController: StartController = (context) => {
  const { api, clock, onFault } = context;
  const controller = new JobController(context);
  return startLoop({ clock, onFault, reconcile: (key) => controller.reconcile(key) }, (loop) => [
    api.watch<Job>("jobs.batch", ({ object }) => loop.enqueue(keyOf(object))),
    api.watch<Pod>("pods", ({ object }) => {
      const name = jobNameOf(object);
      if (name !== undefined) loop.enqueue(`${object.metadata.namespace}/${name}`);
    }),
  ]);
};

/** What one look at a job found out, and has done. */
interface Round {
  readonly job: Job;
  readonly tally: Tally;
  readonly verdict: Verdict | undefined;
  readonly againMs: Reconciled;
}

class JobController {
  readonly #context: ControllerContext;
  readonly #api: ClusterApi;
  readonly #backOff: FailureBackOff;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#api = context.api;
    this.#backOff = new FailureBackOff(context.clock);
    this.#recorder = new EventRecorder(context.api, context.clock, { component: "job-controller", host: "" });
  }

  reconcile(key: string): Reconciled {
    const { namespace = "", name } = splitKey(key);
    const job = this.#api.get<Job>("jobs.batch", namespace, name);
    const pods = podsNaming(this.#api, namespace, name);
    for (const pod of pods) {
      if (isTracked(pod) && (job === undefined || !isOf(pod, job))) release(this.#api, pod);
    }
    if (job === undefined) return undefined;
    if (endOf(job) !== undefined) return this.#cleanUp(job);
    return this.#sync(
      job,
      pods.filter((pod) => isOf(pod, job)),
    );
  }

  /** What has ended is deleted `ttlSecondsAfterFinished` later, if that is given. */
  #cleanUp(job: Job): Reconciled {
    this.#backOff.forget(job.metadata.uid);
    const { ttlSecondsAfterFinished } = job.spec;
    if (ttlSecondsAfterFinished === undefined || job.metadata.deletionTimestamp !== undefined)
      return undefined;
    const endedAt = Date.parse(endOf(job)?.lastTransitionTime ?? "");
    const remainingMs = endedAt + ttlSecondsAfterFinished * 1000 - this.#context.clock.now();
    if (remainingMs > 0) return remainingMs;
    const { namespace, name, uid } = job.metadata;
    const preconditions = { uid };
    this.#api.delete("jobs.batch", namespace, name, { propagationPolicy: "Foreground", preconditions });
    return undefined;
  }

  #sync(found: Job, pods: readonly Pod[]): Reconciled {
    const { clock } = this.#context;
    const started = this.#begin(found);
    const { job, tally } = countEnded(this.#api, clock, this.#backOff, started, pods);
    const failure = judgeFailure(job, pods, tally, clock);
    if (failure !== undefined) this.#deletePods(job, pods.filter(isActive));
    const againMs = failure === undefined ? this.#manage(job, pods, tally) : undefined;
    const now = podsNaming(this.#api, job.metadata.namespace ?? "", job.metadata.name).filter((pod) =>
      isOf(pod, job),
    );
    const verdict = failure ?? judgeSuccess(job, tally, now.filter(isActive).length);
    this.#report({ job, tally, verdict, againMs }, now);
    return earliest(againMs, verdict === undefined ? untilDeadlineMs(job, clock) : undefined);
  }

  /** The start is noted at once: the deadline counts from it. */
  #begin(job: Job): Job {
    if (job.status?.startTime !== undefined || isSuspended(job)) return job;
    const status = { ...job.status, startTime: timestamp(this.#context.clock) };
    return this.#api.updateStatus<Job>("jobs.batch", { ...job, status });
  }

  /**
   * Makes or deletes pods, so that as many work as should; milliseconds until more may be made. What is deleted because
   * it is not wanted any more is let go first: it counts neither as a success nor as a failure.
   */
  #manage(job: Job, pods: readonly Pod[], tally: Tally): Reconciled {
    if (job.metadata.deletionTimestamp !== undefined) return undefined;
    const active = pods.filter(isActive);
    const wanted = wantedPods(job, tally, active.length);
    if (active.length > wanted) {
      const surplus = cheapestFirst(active).slice(0, active.length - wanted);
      for (const pod of surplus) release(this.#api, pod);
      this.#deletePods(job, surplus);
      return undefined;
    }
    const leaving = job.spec.podReplacementPolicy === "Failed" ? pods.filter(isLeaving).length : 0;
    const missing = wanted - active.length - leaving;
    if (missing <= 0) return undefined;
    const remainingMs = this.#backOff.remainingMs(job.metadata.uid);
    if (remainingMs > 0) return remainingMs;
    for (const index of indexesOf(job, active, tally, missing)) this.#createPod(job, index);
    return undefined;
  }

  #createPod(job: Job, index: number | undefined): void {
    try {
      const pod = this.#api.create<Pod>("pods", renderPod(job, index));
      this.#tell(job, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      this.#tell(job, "Warning", "FailedCreate", `Error creating: ${(error as Error).message}`);
      throw error;
    }
  }

  #deletePods(job: Job, pods: readonly Pod[]): void {
    for (const { metadata } of pods) {
      this.#api.delete("pods", metadata.namespace, metadata.name, { preconditions: { uid: metadata.uid } });
      this.#tell(job, "Normal", "SuccessfulDelete", `Deleted pod: ${metadata.name}`);
    }
  }

  #report({ job, tally, verdict }: Round, pods: readonly Pod[]): void {
    const { clock } = this.#context;
    const active = pods.filter(isActive);
    const leaving = pods.filter(isLeaving);
    const isOver =
      verdict !== undefined && active.length === 0 && leaving.length === 0 && !pods.some(isTracked);
    const conditions = this.#conditions(job, verdict, isOver);
    const isResumed = wasSuspended(job) && !wasSuspended({ status: { conditions } }) && verdict === undefined;
    const {
      active: _active,
      succeeded: _succeeded,
      failed: _failed,
      conditions: _conditions,
      ...kept
    } = job.status ?? {};
    const status: JobStatus = {
      ...kept,
      ...completed(job, tally.done),
      ...positive({ active: active.length, succeeded: tally.succeeded, failed: tally.failed }),
      ready: active.filter(isReady).length,
      terminating: leaving.length,
      uncountedTerminatedPods: {},
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(isResumed ? { startTime: timestamp(clock) } : {}),
      ...(isOver && verdict.isSuccess ? { completionTime: timestamp(clock) } : {}),
    };
    this.#api.updateStatus("jobs.batch", { ...job, status });
    this.#tellChanges(job, status);
  }

  #conditions(job: Job, verdict: Verdict | undefined, isOver: boolean): JobCondition[] {
    const { clock } = this.#context;
    const before = job.status?.conditions ?? [];
    if (verdict !== undefined) {
      const { isSuccess, reason, message } = verdict;
      const add = (list: readonly JobCondition[], type: string) =>
        withCondition(list, clock, { type, status: "True", reason, message });
      const target = add(before, isSuccess ? "SuccessCriteriaMet" : "FailureTarget");
      return isOver ? add(target, isSuccess ? "Complete" : "Failed") : target;
    }
    if (isSuspended(job)) {
      const words = { reason: "JobSuspended", message: "Job suspended" };
      return withCondition(before, clock, { type: "Suspended", status: "True", ...words });
    }
    if (!wasSuspended(job)) return [...before];
    const words = { reason: "JobResumed", message: "Job resumed" };
    return withCondition(before, clock, { type: "Suspended", status: "False", ...words });
  }

  #tellChanges(job: Job, status: JobStatus): void {
    const end = endOf({ status });
    if (end?.type === "Complete") this.#tell(job, "Normal", "Completed", "Job completed");
    if (end?.type === "Failed") this.#tell(job, "Warning", end.reason ?? "", end.message ?? "");
    if (wasSuspended(job) === wasSuspended({ status })) return;
    if (wasSuspended({ status })) this.#tell(job, "Normal", "Suspended", "Job suspended");
    else this.#tell(job, "Normal", "Resumed", "Job resumed");
  }

  #tell(object: Job, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#recorder.record({ object }, type, reason, message);
  }
}

/** How many pods should work now. Without `completions`, no new ones once one has succeeded. */
function wantedPods(job: Job, tally: Tally, active: number): number {
  const { parallelism = 1, completions } = job.spec;
  if (isSuspended(job)) return 0;
  if (completions === undefined) return tally.succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, completions - tally.succeeded));
}

function indexesOf(job: Job, active: readonly Pod[], { done }: Tally, count: number): (number | undefined)[] {
  const { completions = 0 } = job.spec;
  if (!isIndexed(job)) return Array.from({ length: count }, () => undefined);
  const busy = new Set(active.flatMap((pod) => indexOf(pod, completions) ?? []));
  return nextIndexes(count, completions, done, busy);
}

function isLeaving(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isEnded(pod);
}

function wasSuspended(job: Pick<Job, "status">): boolean {
  return conditionOf(job, "Suspended") !== undefined;
}

/** Counters of zero are not written, as Go's `omitempty` has it. */
function positive(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function earliest(...times: Reconciled[]): Reconciled {
  const given = times.filter((time) => time !== undefined);
  return given.length === 0 ? undefined : Math.max(0, Math.min(...given));
}
