import type { ClusterApi } from "../../api/cluster-api.ts";
import type { Pod } from "../../node/pod.ts";
import { isControlledBy, toOwner } from "../owners.ts";
import { indexName } from "./indexes.ts";
import { isIndexed, type Job } from "./job.ts";

/** Holds a pod until its end has been counted. */
const trackingFinalizer = "batch.kubernetes.io/job-tracking";
const jobNameLabel = "batch.kubernetes.io/job-name";

/** The pods that name the job of this name as theirs, by owner or, when the owner was taken off, by label. */
export function podsNaming(api: ClusterApi, namespace: string, name: string): Pod[] {
  return api.list<Pod>("pods", { namespace }).filter((pod) => jobNameOf(pod) === name);
}

export function jobNameOf(pod: Pod): string | undefined {
  const owner = pod.metadata.ownerReferences?.find((it) => it.controller === true);
  if (owner !== undefined) return owner.kind === "Job" ? owner.name : undefined;
  return isTracked(pod) ? pod.metadata.labels?.[jobNameLabel] : undefined;
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

export function release(api: ClusterApi, pod: Pod): void {
  const finalizers = pod.metadata.finalizers?.filter((it) => it !== trackingFinalizer) ?? [];
  api.update("pods", { ...pod, metadata: { ...pod.metadata, finalizers } });
}

export function isSucceeded(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded";
}

export function isEnded(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** A pod on its way out is as good as failed, unless the job replaces only what has really failed. */
export function isFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === "Failed") return true;
  if (pod.metadata.deletionTimestamp === undefined || isSucceeded(pod)) return false;
  return job.spec.podReplacementPolicy !== "Failed" || (pod.status?.phase ?? "Pending") === "Pending";
}

export function isActive(pod: Pod): boolean {
  return !isEnded(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** When the pod's last container ended; what never ran ended when it was deleted, or now. */
export function endedAt(pod: Pod, now: number): number {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const times = statuses.flatMap(({ state }) => Date.parse(state?.terminated?.finishedAt ?? "") || []);
  if (times.length > 0) return Math.max(...times);
  return Date.parse(pod.metadata.deletionTimestamp ?? "") || now;
}

/** How often containers of pods that restart theirs have been restarted. */
export function restartsOf(pods: readonly Pod[]): number {
  return pods
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** Those that lose least by being ended first: not scheduled, then waiting, then not ready, then the youngest. */
export function cheapestFirst(pods: readonly Pod[]): Pod[] {
  const cost = (pod: Pod) =>
    (pod.spec.nodeName ? 4 : 0) + (pod.status?.phase === "Running" ? 2 : 0) + (isReady(pod) ? 1 : 0);
  const born = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp);
  return [...pods].sort((a, b) => cost(a) - cost(b) || born(b) - born(a));
}

/** The pod that a job makes; `index` is that of an Indexed job. */
export function renderPod(job: Job, index: number | undefined): object {
  const { metadata = {}, spec } = job.spec.template;
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      namespace: job.metadata.namespace,
      generateName: index === undefined ? `${job.metadata.name}-` : `${job.metadata.name}-${index}-`,
      finalizers: [...(metadata.finalizers ?? []), trackingFinalizer],
      ownerReferences: [toOwner(job)],
    },
    spec,
  };
  return index === undefined || !isIndexed(job) ? pod : withIndex(pod, job.metadata.name, index);
}

function withIndex(pod: ReturnType<typeof renderPod>, name: string, index: number): object {
  const { metadata, spec, ...rest } = pod as Pod;
  const text = String(index);
  const fieldRef = { apiVersion: "v1", fieldPath: `metadata.labels['${indexName}']` };
  const variable = { name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef } };
  const addTo = (containers: Pod["spec"]["containers"]) =>
    containers.map((container) => {
      const env = container.env ?? [];
      return env.some((it) => it.name === variable.name)
        ? container
        : { ...container, env: [...env, variable] };
    });
  return {
    ...rest,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [indexName]: text },
      annotations: { ...metadata.annotations, [indexName]: text },
    },
    spec: {
      ...spec,
      hostname: `${name}-${text}`,
      containers: addTo(spec.containers),
      ...(spec.initContainers === undefined ? {} : { initContainers: addTo(spec.initContainers) }),
    },
  };
}

export function isOf(pod: Pod, job: Job): boolean {
  return isControlledBy(pod, job);
}
