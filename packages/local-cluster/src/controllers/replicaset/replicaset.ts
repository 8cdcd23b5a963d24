import type { V1ReplicaSetCondition, V1ReplicaSetSpec, V1ReplicaSetStatus } from "@kubernetes/client-node";
import type { KubeObject, LabelSelector, Wire } from "../../api/cluster-api.ts";
import type { PodSpec } from "../../node/pod.ts";

export type ReplicaSetStatus = Wire<V1ReplicaSetStatus>;
export type ReplicaSetCondition = Wire<V1ReplicaSetCondition>;

/** What the pods of a workload are made from. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly spec: PodSpec;
}

export interface ReplicaSet extends KubeObject {
  readonly spec: Omit<Wire<V1ReplicaSetSpec>, "selector" | "template"> & {
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status?: ReplicaSetStatus;
}

export const replicaSets = "replicasets.apps";

/** How many pods it should have. */
export function sizeOf({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}
