import type {
  V2HorizontalPodAutoscalerCondition,
  V2HorizontalPodAutoscalerSpec,
  V2HorizontalPodAutoscalerStatus,
  V2MetricSpec,
  V2MetricStatus,
} from "@kubernetes/client-node";
import type { Clock, KubeObject, Wire } from "../../api/cluster-api.ts";
import { timestamp } from "../../node/events.ts";

export type AutoscalerCondition = Wire<V2HorizontalPodAutoscalerCondition>;
export type AutoscalerStatus = Wire<V2HorizontalPodAutoscalerStatus>;
export type MetricSpec = Wire<V2MetricSpec>;
export type MetricStatus = Wire<V2MetricStatus>;

export interface Autoscaler extends KubeObject {
  readonly spec: Wire<V2HorizontalPodAutoscalerSpec>;
  readonly status?: AutoscalerStatus;
}

export interface Finding {
  readonly type: "AbleToScale" | "ScalingActive" | "ScalingLimited";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** The conditions with these findings in them; a transition is a change of the status, not of the reason. */
export function withFindings(
  conditions: readonly AutoscalerCondition[],
  clock: Clock,
  findings: readonly Finding[],
): AutoscalerCondition[] {
  const all = [...conditions];
  for (const finding of findings) {
    const place = all.findIndex(({ type }) => type === finding.type);
    const old = all[place];
    const isSame = old?.status === finding.status;
    const since = isSame ? old?.lastTransitionTime : undefined;
    const condition = { ...finding, lastTransitionTime: since ?? timestamp(clock) };
    if (place === -1) all.push(condition);
    else all[place] = condition;
  }
  return all;
}
