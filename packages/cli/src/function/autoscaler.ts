import { CREATED_BY, labels } from "@kubeless/api-types";
import { UsageError } from "../parse.ts";
import type { Autoscaler, FunctionObject, Metric } from "./function-object.ts";
import { isQuantity } from "./quantity.ts";

export const scalingMetrics = ["cpu", "memory", "qps"] as const;
type ScalingMetric = (typeof scalingMetrics)[number];

export interface AutoscalerRequest {
  readonly min: number;
  readonly max: number;
  readonly metric: ScalingMetric;
  /** cpu, memory: percent of what the pods request. qps: calls a second and pod, a quantity. */
  readonly value: string;
}

/** The Function with an autoscaler (autoscaling/v2) of its Deployment; the controller makes it. */
export function setAutoscaler(before: FunctionObject, request: AutoscalerRequest): FunctionObject {
  if (request.max < request.min)
    throw new UsageError(`--max is at least --min (${request.min}), not ${request.max}.`);
  const { name, namespace } = before.metadata;
  const autoscaler: Autoscaler = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: {
      name,
      labels: { [labels.createdBy]: CREATED_BY, [labels.function]: name },
      ...(namespace && { namespace }),
    },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: request.min,
      maxReplicas: request.max,
      metrics: [toMetric(name, request)],
    },
  };
  return { ...before, spec: { ...before.spec, horizontalPodAutoscaler: autoscaler } };
}

/** The Function without one. */
export function removeAutoscaler(before: FunctionObject): FunctionObject {
  const { horizontalPodAutoscaler: _, ...spec } = before.spec;
  return { ...before, spec };
}

/** Whether an autoscaler is meant: objects of Kubeless 1.0 hold an empty one where none is. */
export function autoscalerOf({ spec }: FunctionObject): Autoscaler | undefined {
  const autoscaler = spec.horizontalPodAutoscaler;
  return autoscaler?.metadata?.name && autoscaler.spec?.scaleTargetRef?.name ? autoscaler : undefined;
}

/** `cpu 70%`, `function_calls 2k`: the first metric as the table shows it, of either version. */
export function describeMetric({ spec }: Autoscaler): { readonly metric: string; readonly value: string } {
  const { resource, object } = spec?.metrics?.[0] ?? {};
  if (resource) {
    const percent = resource.target?.averageUtilization ?? resource.targetAverageUtilization;
    return { metric: resource.name ?? "", value: percent == null ? "" : `${percent}%` };
  }
  return {
    metric: object?.metric?.name ?? object?.metricName ?? "",
    value: object?.target?.value ?? object?.targetValue ?? "",
  };
}

function toMetric(name: string, { metric, value }: AutoscalerRequest): Metric {
  if (metric === "qps") {
    if (!isQuantity(value))
      throw new UsageError(`--value of qps is a quantity such as 100 or 2k, not ${JSON.stringify(value)}.`);
    return {
      type: "Object",
      object: {
        metric: { name: "function_calls" },
        describedObject: { apiVersion: "v1", kind: "Service", name },
        target: { type: "Value", value },
      },
    };
  }
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new UsageError(
      `--value of ${metric} is a percentage in whole numbers, not ${JSON.stringify(value)}.`,
    );
  return {
    type: "Resource",
    resource: { name: metric, target: { type: "Utilization", averageUtilization: Number(value) } },
  };
}
