import type { V1DeploymentCondition, V1DeploymentSpec, V1DeploymentStatus } from "@kubernetes/client-node";
import type { Clock, ClusterApi, KubeObject, LabelSelector, Wire } from "../../api/cluster-api.ts";
import type { EventRecorder } from "../../node/events.ts";
import type { PodTemplate, ReplicaSet } from "../replicaset/replicaset.ts";

export type DeploymentStatus = Wire<V1DeploymentStatus>;
export type DeploymentCondition = Wire<V1DeploymentCondition>;

export interface Deployment extends KubeObject {
  readonly spec: Omit<Wire<V1DeploymentSpec>, "selector" | "template"> & {
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status?: DeploymentStatus;
}

export const deployments = "deployments.apps";
export const hashLabel = "pod-template-hash";

/** What every step of a reconcile works with. */
export interface Desk {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
}

/** The deployment's replica sets: the one of its template, when there is one, and those of earlier templates. */
export interface ReplicaSets {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

export function allOf({ current, old }: ReplicaSets): ReplicaSet[] {
  return current === undefined ? [...old] : [...old, current];
}

/** How many pods the deployment should have. */
export function wantedSize({ spec }: Deployment): number {
  return spec.replicas ?? 1;
}

/** No deadline is written as the largest 32-bit number. */
export function progressDeadlineMs({ spec }: Deployment): number | undefined {
  const { progressDeadlineSeconds: seconds } = spec;
  return seconds === undefined || seconds === 2 ** 31 - 1 ? undefined : seconds * 1000;
}

export function isRolling({ spec }: Deployment): boolean {
  return spec.strategy?.type !== "Recreate";
}

/** How many pods may be there beyond the wanted size; percentages are rounded up. */
export function maxSurge(deployment: Deployment): number {
  if (!isRolling(deployment)) return 0;
  return share(deployment.spec.strategy?.rollingUpdate?.maxSurge ?? "25%", wantedSize(deployment), Math.ceil);
}

/** How many of the wanted pods may be missing; percentages are rounded down, but with no surge one at least. */
export function maxUnavailable(deployment: Deployment): number {
  const size = wantedSize(deployment);
  if (!isRolling(deployment) || size === 0) return 0;
  const { rollingUpdate } = deployment.spec.strategy ?? {};
  const count = share(rollingUpdate?.maxUnavailable ?? "25%", size, Math.floor);
  return Math.min(size, count === 0 && maxSurge(deployment) === 0 ? 1 : count);
}

function share(value: unknown, size: number, round: (value: number) => number): number {
  const text = String(value);
  return text.endsWith("%") ? round((Number.parseInt(text, 10) * size) / 100) : Number(text);
}
