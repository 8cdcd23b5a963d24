import type { V1JobCondition, V1JobSpec, V1JobStatus } from "@kubernetes/client-node";
import type { Clock, KubeObject, Wire } from "../../api/cluster-api.ts";
import { timestamp } from "../../node/events.ts";

export type JobStatus = Wire<V1JobStatus>;
export type JobCondition = Wire<V1JobCondition>;

export interface Job extends KubeObject {
  readonly spec: Wire<V1JobSpec>;
  readonly status?: JobStatus;
}

/** Why a job ends, before its last pod has. */
export interface Verdict {
  readonly isSuccess: boolean;
  readonly reason: string;
  readonly message: string;
}

export function conditionOf(job: Pick<Job, "status">, type: string): JobCondition | undefined {
  return job.status?.conditions?.find((it) => it.type === type && it.status === "True");
}

/** `Complete` or `Failed`, once the job has come to its end. */
export function endOf(job: Pick<Job, "status">): JobCondition | undefined {
  return conditionOf(job, "Complete") ?? conditionOf(job, "Failed");
}

export function isSuspended(job: Job): boolean {
  return job.spec.suspend === true;
}

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === "Indexed";
}

/** The conditions with this one in it: in its old place, or last; the same list when nothing changes. */
export function withCondition(
  conditions: readonly JobCondition[],
  clock: Clock,
  wanted: Pick<JobCondition, "type" | "status"> & { reason: string; message: string },
): JobCondition[] {
  const old = conditions.find(({ type }) => type === wanted.type);
  const isSame =
    old?.status === wanted.status && old.reason === wanted.reason && old.message === wanted.message;
  if (isSame) return [...conditions];
  const now = timestamp(clock);
  const condition = { ...wanted, lastProbeTime: now, lastTransitionTime: now };
  return old === undefined
    ? [...conditions, condition]
    : conditions.map((it) => (it === old ? condition : it));
}
