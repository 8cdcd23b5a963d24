import type { ConditionType, CronJobTrigger, CronJobTriggerStatus, Reason } from "@kubeless/api-types";
import {
  type ConditionState,
  type Fault,
  type Live,
  type LiveChild,
  no,
  type Outcome,
  type StatusStatement,
  unknown,
  type Wire,
  yes,
} from "@kubeless/controller-kit";
import type { V1CronJob } from "@kubernetes/client-node";
import type { Plan } from "../render/plan.ts";
import { nextRun } from "./next-run.ts";
import { findLastRun, type Job, type Pod, type Run } from "./runs.ts";

type State = ConditionState<Reason>;
type Conditions = Record<ConditionType<"CronJobTrigger">, State>;
type Explanations = Omit<Conditions, "Ready">;
type CronJob = Partial<Wire<V1CronJob>>;

/** What a CronJobTrigger's status is told from. */
export interface Observation {
  readonly object: Live<CronJobTrigger>;
  /** Undefined when the trigger could not be understood. */
  readonly plan: Plan | undefined;
  /** Why not. */
  readonly misunderstanding: Fault<Reason> | undefined;
  readonly children: readonly LiveChild[];
  readonly jobs: readonly Job[];
  readonly pods: readonly Pod[];
  readonly outcome: Outcome;
  readonly now: Date;
}

/** Tells a trigger's status: whether the function is called when it should be, when it was last, and how that ended. */
export function observeTrigger(observation: Observation): StatusStatement & CronJobTriggerStatus {
  const { plan, children } = observation;
  const cronJob = children.find(
    (child) => child.kind === "CronJob" && child.metadata.name === plan?.cronJobName,
  ) as CronJob | undefined;
  const run = findLastRun(observation.jobs, observation.pods);
  const explanations: Explanations = {
    Accepted: tellAccepted(observation),
    FunctionFound: tellFunction(observation),
    Scheduled: tellScheduled(observation, cronJob),
    LastRunSucceeded: tellLastRun(run),
  };
  const conditions: Conditions = { Ready: tellReady(explanations), ...explanations };
  return {
    conditions: Object.entries(conditions).map(([type, state]) => ({ type, ...state })),
    ...(cronJob === undefined ? {} : { cronJob: cronJob.metadata?.name }),
    ...(cronJob?.status?.lastScheduleTime === undefined
      ? {}
      : { lastScheduleTime: cronJob.status.lastScheduleTime }),
    ...(cronJob?.status?.lastSuccessfulTime === undefined
      ? {}
      : { lastSuccessfulTime: cronJob.status.lastSuccessfulTime }),
    active: cronJob?.status?.active?.length ?? 0,
    ...(run === undefined ? {} : { lastRun: toLastRun(run) }),
    ...tellNextRun(observation, cronJob),
  };
}

function tellAccepted({ misunderstanding }: Observation): State {
  if (misunderstanding !== undefined) return no(misunderstanding.reason, misunderstanding.message);
  return yes("Accepted", "The trigger can be worked with.");
}

function tellFunction({ plan, object }: Observation): State {
  if (plan === undefined) return unknown("Pending", "It has not been looked for yet.");
  const name = object.spec["function-name"];
  if (plan.target !== undefined) return yes("FunctionFound", `The Function ${name} is there.`);
  return no(
    "FunctionNotFound",
    `There is no Function ${name} in ${plan.namespace}: no run is started until it is deployed.`,
  );
}

function tellScheduled({ plan, children, outcome }: Observation, cronJob: CronJob | undefined): State {
  if (plan === undefined) {
    const isThere = children.some(({ kind }) => kind === "CronJob");
    const what = isThere ? "The CronJob is left as it was" : "There is no CronJob";
    return unknown("Pending", `${what} until the trigger is corrected.`);
  }
  const [fault] = outcome.writeFaults;
  if (fault?.reason === "NotOurs")
    return no(
      "ConflictingObject",
      `A ${fault.child.kind} ${fault.child.name} exists and is not this trigger's: rename the trigger, or delete that object.`,
    );
  if (fault !== undefined)
    return no(fault.reason === "TakeOverBlocked" ? "LegacyControllerRunning" : "ApplyFailed", fault.message);
  if (plan.spec.suspend) return no("Suspended", "spec.suspend is true: no run is started.");
  if (plan.target === undefined)
    return no("FunctionNotFound", "The CronJob is suspended until its function is there.");
  if (cronJob === undefined) return unknown("Pending", "The CronJob is being made.");
  return yes(
    "Scheduled",
    `The CronJob ${plan.cronJobName} starts a run by "${plan.spec.schedule}"${plan.spec.timeZone ? ` in ${plan.spec.timeZone}` : ""}.`,
  );
}

function tellLastRun(run: Run | undefined): State {
  if (run === undefined) return unknown("NeverRan", "No run is over yet, or none is kept.");
  if (run.succeeded)
    return yes(
      "LastRunSucceeded",
      `${run.job} succeeded${run.durationSeconds === undefined ? "" : ` in ${run.durationSeconds} s`}.`,
    );
  return no(
    "LastRunFailed",
    `${run.job} failed: ${run.message ?? "it left no word"}. See kubectl logs job/${run.job}.`,
  );
}

/** What keeps the function from being called, first; a last run that failed, last. A trigger that never ran is ready. */
function tellReady({ Accepted, FunctionFound, Scheduled, LastRunSucceeded }: Explanations): State {
  const hindrance = [Accepted, FunctionFound, Scheduled].find(({ status }) => status !== "True");
  if (hindrance !== undefined) return hindrance;
  return LastRunSucceeded.status === "False" ? LastRunSucceeded : yes("Ready", Scheduled.message);
}

function toLastRun({
  job,
  succeeded,
  startTime,
  durationSeconds,
  message,
}: Run): CronJobTriggerStatus["lastRun"] {
  return {
    job,
    result: succeeded ? "Succeeded" : "Failed",
    ...(startTime === undefined ? {} : { startTime }),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(message === undefined ? {} : { message }),
  };
}

function tellNextRun({ plan, now }: Observation, cronJob: CronJob | undefined): object {
  if (plan === undefined || cronJob === undefined || plan.spec.suspend || plan.target === undefined)
    return {};
  const next = nextRun(plan.spec.schedule, plan.spec.timeZone, now);
  return next === undefined ? {} : { nextScheduleTime: next.toISOString().replace(/\.\d+Z$/, "Z") };
}
