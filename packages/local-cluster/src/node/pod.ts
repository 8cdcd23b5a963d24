import type {
  V1Container,
  V1ContainerStatus,
  V1PodCondition,
  V1PodSpec,
  V1PodStatus,
  V1Probe,
  V1Volume,
} from "@kubernetes/client-node";
import type { KubeObject, Wire } from "../api/cluster-api.ts";

export type PodSpec = Wire<V1PodSpec>;
export type PodStatus = Wire<V1PodStatus>;
export type PodCondition = Wire<V1PodCondition>;
export type Container = Wire<V1Container>;
export type ContainerStatus = Wire<V1ContainerStatus>;
export type Probe = Wire<V1Probe>;
export type Volume = Wire<V1Volume>;

export interface Pod extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? "default";
}

export function allContainers(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** An init container with `restartPolicy: Always` runs beside the others for the pod's whole life. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

export function isInit(pod: Pod, container: Container): boolean {
  return pod.spec.initContainers?.some(({ name }) => name === container.name) ?? false;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClass(spec: PodSpec): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers = allContainers(spec);
  const figures = containers.flatMap(({ resources }) => [
    ...Object.keys(resources?.limits ?? {}),
    ...Object.keys(resources?.requests ?? {}),
  ]);
  if (!figures.some((name) => name === "cpu" || name === "memory")) return "BestEffort";
  return containers.every(isGuaranteed) ? "Guaranteed" : "Burstable";
}

function isGuaranteed({ resources }: Container): boolean {
  return ["cpu", "memory"].every((name) => {
    const limit = resources?.limits?.[name];
    return limit !== undefined && (resources?.requests?.[name] ?? limit) === limit;
  });
}
