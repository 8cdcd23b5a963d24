import type { Draft, Version } from "./resource.ts";

interface Metric {
  type?: string;
  resource?: {
    name?: string;
    target?: { averageUtilization?: number };
    current?: { averageUtilization?: number };
  };
}

type Fields = Record<string, unknown>;

/** autoscaling/v1 knows one metric, the cpu's utilisation; v2 keeps it among the others. */
export const autoscalerConversion: Pick<Version, "toStorage" | "fromStorage"> = {
  toStorage: (object) => {
    const { targetCPUUtilizationPercentage: target, ...spec } = fields(object.spec);
    const metrics =
      target === undefined ? [] : [cpu({ target: { type: "Utilization", averageUtilization: target } })];
    const { currentCPUUtilizationPercentage: current, ...status } = fields(object.status);
    const currentMetrics = current === undefined ? [] : [cpu({ current: { averageUtilization: current } })];
    return {
      ...object,
      apiVersion: "autoscaling/v2",
      spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}) },
      ...(object.status === undefined ? {} : { status: { ...status, currentMetrics } }),
    } as Draft;
  },
  fromStorage: (object) => {
    const { metrics, behavior: _behavior, ...spec } = fields(object.spec);
    const { currentMetrics, conditions: _conditions, ...status } = fields(object.status);
    const target = cpuOf(metrics)?.target?.averageUtilization;
    const current = cpuOf(currentMetrics)?.current?.averageUtilization;
    return {
      ...object,
      apiVersion: "autoscaling/v1",
      spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
      ...(object.status === undefined
        ? {}
        : {
            status: {
              ...status,
              ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
            },
          }),
    } as Draft;
  },
};

function cpu(what: Fields): Fields {
  return { type: "Resource", resource: { name: "cpu", ...what } };
}

function cpuOf(metrics: unknown): Metric["resource"] {
  if (!Array.isArray(metrics)) return undefined;
  return (metrics as Metric[]).find((metric) => metric.resource?.name === "cpu")?.resource;
}

function fields(value: unknown): Fields {
  return (value ?? {}) as Fields;
}
