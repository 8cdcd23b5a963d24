import type { RenderedObject } from "@kubeless/controller-kit";
import { type Fault, fault } from "./fault.ts";
import type { Plan } from "./plan.ts";
import { withoutJunk } from "./without-junk.ts";

/** What `spec.horizontalPodAutoscaler` comes to; `spec` is an autoscaling/v2 spec without its target. */
export type AutoscalerPlan =
  | { readonly kind: "none" }
  | { readonly kind: "unsupported"; readonly because: Fault; readonly replicas: number }
  | { readonly kind: "horizontal"; readonly spec: Record<string, unknown> };

interface OldAutoscaler {
  readonly spec?: {
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly metrics?: readonly OldMetric[];
    readonly behavior?: object;
  };
}

type OldMetric = { readonly type?: string } & { readonly [source: string]: unknown };

/**
 * Understands an autoscaler of autoscaling/v2beta1 (as the original CLI wrote it) or v2. One without `maxReplicas` is
 * the empty object that old Functions hold. Its name, namespace and target are the function's, whatever it says.
 */
export function planAutoscaler(horizontalPodAutoscaler: unknown): AutoscalerPlan {
  const { minReplicas, maxReplicas, metrics, behavior } =
    (withoutJunk(horizontalPodAutoscaler ?? {}) as OldAutoscaler).spec ?? {};
  if (!maxReplicas) return { kind: "none" };
  const converted = (metrics ?? []).filter((metric) => !isQueriesPerSecond(metric)).map(toV2Metric);
  if (metrics !== undefined && converted.length === 0) {
    const message =
      "scaling by queries per second comes with a later version; scale by cpu or memory until then.";
    return { kind: "unsupported", because: fault("Unsupported", message), replicas: minReplicas ?? 1 };
  }
  const spec = {
    maxReplicas,
    ...(minReplicas === undefined ? {} : { minReplicas }),
    ...(converted.length > 0 ? { metrics: converted } : {}),
    ...(behavior === undefined ? {} : { behavior }),
  };
  return { kind: "horizontal", spec };
}

export function renderAutoscaler(plan: Plan, spec: Record<string, unknown>): RenderedObject {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: plan.name };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: plan.name, labels: plan.labels },
    spec: { ...spec, scaleTargetRef },
  } as RenderedObject;
}

/** Kubeless scaled by the metric `function_calls` of the function's Service. */
function isQueriesPerSecond(metric: OldMetric): boolean {
  const object = metric.object as { metricName?: string; metric?: { name?: string } } | undefined;
  return metric.type === "Object" && (object?.metricName ?? object?.metric?.name) === "function_calls";
}

interface OldSource {
  readonly name?: string;
  readonly container?: string;
  readonly metricName?: string;
  readonly selector?: object;
  readonly metricSelector?: object;
  readonly target?: { readonly type?: string } & Readonly<Record<string, unknown>>;
  readonly targetAverageUtilization?: number;
  readonly targetAverageValue?: string | number;
  readonly targetValue?: string | number;
}

function toV2Metric(metric: OldMetric): object {
  const key = (metric.type ?? "").replace(/^./, (first) => first.toLowerCase());
  const source = (metric[key] ?? {}) as OldSource;
  if (source.target?.type !== undefined) return metric;
  const { name, container, metricName, target: describedObject } = source;
  const selector = source.selector ?? source.metricSelector;
  return {
    type: metric.type,
    [key]: {
      ...(name === undefined ? {} : { name }),
      ...(container === undefined ? {} : { container }),
      ...(metricName === undefined ? {} : { metric: { name: metricName, ...(selector && { selector }) } }),
      ...(key === "object" ? { describedObject } : {}),
      target: toV2Target(source),
    },
  };
}

function toV2Target({ targetAverageUtilization, targetAverageValue, targetValue }: OldSource): object {
  if (targetAverageUtilization !== undefined) {
    return { type: "Utilization", averageUtilization: targetAverageUtilization };
  }
  if (targetAverageValue !== undefined)
    return { type: "AverageValue", averageValue: String(targetAverageValue) };
  return { type: "Value", value: String(targetValue ?? "") };
}
