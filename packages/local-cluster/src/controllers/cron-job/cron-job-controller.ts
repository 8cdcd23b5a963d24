import type { ClusterApi } from "../../api/cluster-api.ts";
import { StatusError } from "../../errors.ts";
import { EventRecorder, type EventType } from "../../node/events.ts";
import { toTime } from "../../pipeline/cluster.ts";
import type { ControllerContext, StartController } from "../context.ts";
import { endOf, type Job } from "../job/job.ts";
import { type Reconciled, startLoop } from "../loop.ts";
import { controllerOf, isControlledBy, keyOf, splitKey } from "../owners.ts";
import { type CronJob, type CronJobStatus, earliestOf, referenceTo, renderJob } from "./cron-job.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

/** CronJobs: makes a Job whenever one is due, and keeps the last few. */
export const startCronJobController: StartController = (context) => {
  const { api, clock, onFault } = context;
  const controller = new CronJobController(context);
  return startLoop({ clock, onFault, reconcile: (key) => controller.reconcile(key) }, (loop) => [
    api.watch<CronJob>("cronjobs.batch", ({ object }) => loop.enqueue(keyOf(object))),
    api.watch<Job>("jobs.batch", ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === "CronJob") loop.enqueue(`${object.metadata.namespace}/${owner.name}`);
    }),
  ]);
};

const manyMissed = 100;

class CronJobController {
  readonly #context: ControllerContext;
  readonly #api: ClusterApi;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#api = context.api;
    this.#recorder = new EventRecorder(context.api, context.clock, {
      component: "cronjob-controller",
      host: "",
    });
  }

  reconcile(key: string): Reconciled {
    const { namespace = "", name } = splitKey(key);
    const cronJob = this.#api.get<CronJob>("cronjobs.batch", namespace, name);
    if (cronJob === undefined) return undefined;
    const all = this.#api
      .list<Job>("jobs.batch", { namespace })
      .filter((job) => isControlledBy(job, cronJob));
    const jobs = this.#forgetOldest(cronJob, all);
    const seen = this.#look(cronJob, jobs);
    const { metadata, spec } = cronJob;
    const isIdle = metadata.deletionTimestamp !== undefined || spec.suspend === true;
    const schedule = isIdle ? undefined : this.#schedule(cronJob);
    if (schedule === undefined) {
      this.#write(cronJob, seen);
      return undefined;
    }
    const status = this.#run({ ...cronJob, status: seen }, schedule);
    this.#write(cronJob, status);
    const now = this.#context.clock.now();
    const due = schedule.nextDue(Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp), now);
    return due === undefined ? undefined : due - now;
  }

  /** What the API has let through can still be none: no time zone of this machine, no date that ever comes. */
  #schedule(cronJob: CronJob): Schedule | undefined {
    const { schedule, timeZone } = cronJob.spec;
    try {
      return parseSchedule(schedule, timeZone);
    } catch (error) {
      const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${(error as Error).message}`;
      this.#tell(cronJob, "Warning", "UnparseableSchedule", message);
      return undefined;
    }
  }

  /** Keeps as many ended jobs as the history limits say. Returns those that stay. */
  #forgetOldest(cronJob: CronJob, jobs: readonly Job[]): readonly Job[] {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
    const startOf = ({ metadata, status }: Job) =>
      Date.parse(status?.startTime ?? metadata.creationTimestamp);
    const surplus = (type: string, limit: number | undefined) => {
      const ended = jobs.filter((job) => endOf(job)?.type === type).sort((a, b) => startOf(a) - startOf(b));
      return limit === undefined ? [] : ended.slice(0, Math.max(0, ended.length - limit));
    };
    const old = new Set([
      ...surplus("Complete", successfulJobsHistoryLimit),
      ...surplus("Failed", failedJobsHistoryLimit),
    ]);
    for (const job of old) this.#deleteJob(cronJob, job);
    return jobs.filter((job) => !old.has(job));
  }

  /** `status.active` and `lastSuccessfulTime` from what the jobs show. */
  #look(cronJob: CronJob, jobs: readonly Job[]): CronJobStatus {
    const before = cronJob.status ?? {};
    const known = new Map((before.active ?? []).map((reference) => [reference.uid ?? "", reference]));
    let { lastSuccessfulTime } = before;
    for (const job of jobs) {
      const end = endOf(job);
      const { name, uid } = job.metadata;
      if (end === undefined) {
        if (known.has(uid)) continue;
        const message = `Saw a job that the controller did not create or forgot: ${name}`;
        this.#tell(cronJob, "Warning", "UnexpectedJob", message);
        continue;
      }
      if (known.delete(uid))
        this.#tell(
          cronJob,
          "Normal",
          "SawCompletedJob",
          `Saw completed job: ${name}, condition: ${end.type}`,
        );
      const at = end.type === "Complete" ? job.status?.completionTime : undefined;
      if (at !== undefined && !(Date.parse(lastSuccessfulTime ?? "") >= Date.parse(at)))
        lastSuccessfulTime = at;
    }
    const alive = new Set(jobs.map(({ metadata }) => metadata.uid));
    for (const [uid, { name }] of known) {
      if (alive.has(uid)) continue;
      known.delete(uid);
      this.#tell(cronJob, "Normal", "MissingJob", `Active job went missing: ${name}`);
    }
    const { active: _active, ...kept } = before;
    return {
      ...kept,
      ...(known.size > 0 ? { active: [...known.values()] } : {}),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    };
  }

  /**
   * Makes the job that is due, if nothing speaks against it: of several missed runs the last one only, and none that is
   * older than the starting deadline.
   */
  #run(cronJob: CronJob, schedule: Schedule): CronJobStatus {
    const status = cronJob.status ?? {};
    const now = this.#context.clock.now();
    const earliest = earliestOf({ ...cronJob, status }, now);
    const due = schedule.lastDue(
      Date.parse(status.lastScheduleTime ?? cronJob.metadata.creationTimestamp),
      now,
    );
    if (due === undefined || due <= earliest) return status;
    this.#tellMissed(cronJob, schedule, earliest, now);
    const { concurrencyPolicy } = cronJob.spec;
    const active = status.active ?? [];
    if (concurrencyPolicy === "Forbid" && active.length > 0) {
      const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
      this.#tell(cronJob, "Normal", "JobAlreadyActive", message);
      return status;
    }
    if (concurrencyPolicy !== "Replace") return this.#start(cronJob, status, due);
    for (const { namespace, name = "" } of active) {
      const job = this.#api.get<Job>("jobs.batch", namespace, name);
      if (job !== undefined) this.#deleteJob(cronJob, job);
    }
    const { active: _active, ...rest } = status;
    return this.#start(cronJob, rest, due);
  }

  #start(cronJob: CronJob, status: CronJobStatus, due: number): CronJobStatus {
    const job = this.#createJob(cronJob, due);
    if (job === undefined) return status;
    return {
      ...status,
      active: [...(status.active ?? []), referenceTo(job)],
      lastScheduleTime: toTime(due),
    };
  }

  /** The new job; or the one of this run that is there though the status does not know it; nothing when it is over. */
  #createJob(cronJob: CronJob, due: number): Job | undefined {
    const wanted = renderJob(cronJob, due) as Job;
    try {
      const job = this.#api.create<Job>("jobs.batch", wanted);
      this.#tell(cronJob, "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (error instanceof StatusError && error.reason === "AlreadyExists") {
        const { namespace, name } = wanted.metadata;
        const job = this.#api.get<Job>("jobs.batch", namespace, name);
        const isOurs = job !== undefined && isControlledBy(job, cronJob) && endOf(job) === undefined;
        return isOurs && !cronJob.status?.active?.some(({ uid }) => uid === job.metadata.uid)
          ? job
          : undefined;
      }
      this.#tell(cronJob, "Warning", "FailedCreate", `Error creating job: ${(error as Error).message}`);
      throw error;
    }
  }

  #tellMissed(cronJob: CronJob, schedule: Schedule, earliest: number, now: number): void {
    const first = schedule.nextDue(earliest, earliest);
    const second = first === undefined ? undefined : schedule.nextDue(first, first);
    if (first === undefined || second === undefined) return;
    if (Math.floor((now - first) / (second - first)) + 1 <= manyMissed) return;
    const message =
      "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    this.#tell(cronJob, "Warning", "TooManyMissedTimes", message);
  }

  #deleteJob(cronJob: CronJob, { metadata }: Job): void {
    const { namespace, name, uid } = metadata;
    const preconditions = { uid };
    this.#api.delete("jobs.batch", namespace, name, { propagationPolicy: "Background", preconditions });
    this.#tell(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
  }

  #write(cronJob: CronJob, status: CronJobStatus): void {
    this.#api.updateStatus("cronjobs.batch", { ...cronJob, status });
  }

  #tell(object: CronJob, type: EventType, reason: string, message: string): void {
    this.#recorder.record({ object }, type, reason, message);
  }
}
