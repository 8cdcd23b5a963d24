import type { V1CronJobSpec, V1CronJobStatus } from "@kubernetes/client-node";
import type { KubeObject, Wire } from "../../api/cluster-api.ts";
import type { Job } from "../job/job.ts";
import { toOwner } from "../owners.ts";
import { formatInZone } from "./zoned-time.ts";

export type CronJobStatus = Wire<V1CronJobStatus>;

export interface CronJob extends KubeObject {
  readonly spec: Wire<V1CronJobSpec>;
  readonly status?: CronJobStatus;
}

type Reference = NonNullable<CronJobStatus["active"]>[number];

/** The job of one run. Its name comes from the minute it was due, so that no run is made twice. */
export function renderJob(cronJob: CronJob, dueAt: number): object {
  const { jobTemplate, timeZone } = cronJob.spec;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${cronJob.metadata.name}-${Math.floor(dueAt / 60_000)}`,
      namespace: cronJob.metadata.namespace,
      labels: { ...jobTemplate.metadata?.labels },
      annotations: {
        ...jobTemplate.metadata?.annotations,
        "batch.kubernetes.io/cronjob-scheduled-timestamp": formatInZone(dueAt, timeZone),
      },
      ownerReferences: [toOwner(cronJob)],
    },
    spec: jobTemplate.spec,
  };
}

export function referenceTo({ metadata }: Job): Reference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { apiVersion: "batch/v1", kind: "Job", name, namespace: namespace ?? "", uid, resourceVersion };
}

/** What runs are counted from: the last one, or the birth, and never longer ago than the starting deadline. */
export function earliestOf({ metadata, spec, status }: CronJob, now: number): number {
  const since = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp);
  const { startingDeadlineSeconds } = spec;
  return startingDeadlineSeconds === undefined
    ? since
    : Math.max(since, now - startingDeadlineSeconds * 1000);
}
