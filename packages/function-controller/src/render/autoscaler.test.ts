import { describe, expect, it } from "vitest";
import { planAutoscaler } from "./autoscaler.ts";

const base = { minReplicas: 1, maxReplicas: 3 };

describe("an autoscaler", () => {
  it.each([
    ["nothing", undefined],
    ["null", null],
    [
      "the empty object of old Functions",
      { spec: { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0 }, status: { conditions: null } },
    ],
  ])("is not asked for by %s", (_, written) => {
    expect(planAutoscaler(written)).toEqual({ kind: "none" });
  });

  it.each([
    [
      { type: "Resource", resource: { name: "cpu", targetAverageUtilization: 60 } },
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
      },
    ],
    [
      { type: "Resource", resource: { name: "memory", targetAverageValue: "100Mi" } },
      {
        type: "Resource",
        resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } },
      },
    ],
    [
      { type: "Pods", pods: { metricName: "queue", targetAverageValue: 5 } },
      {
        type: "Pods",
        pods: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "5" } },
      },
    ],
    [
      {
        type: "External",
        external: { metricName: "lag", metricSelector: { matchLabels: { a: "b" } }, targetValue: "5" },
      },
      {
        type: "External",
        external: {
          metric: { name: "lag", selector: { matchLabels: { a: "b" } } },
          target: { type: "Value", value: "5" },
        },
      },
    ],
    [
      {
        type: "Object",
        object: { metricName: "rate", target: { kind: "Service", name: "x" }, targetValue: "2k" },
      },
      {
        type: "Object",
        object: {
          metric: { name: "rate" },
          describedObject: { kind: "Service", name: "x" },
          target: { type: "Value", value: "2k" },
        },
      },
    ],
  ])("of autoscaling/v2beta1 becomes one of v2: %j", (old, current) => {
    expect(planAutoscaler({ spec: { ...base, metrics: [old] } })).toEqual({
      kind: "horizontal",
      spec: { ...base, metrics: [current] },
    });
  });

  it("of autoscaling/v2 stays as it is", () => {
    const metrics = [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 5 } } },
    ];
    expect(planAutoscaler({ spec: { ...base, metrics } })).toEqual({
      kind: "horizontal",
      spec: { ...base, metrics },
    });
  });

  it("without metrics scales as Kubernetes does by default", () => {
    expect(planAutoscaler({ spec: { ...base, metrics: null } })).toEqual({ kind: "horizontal", spec: base });
  });

  it("by queries per second is said to come later, and keeps its least number of pods", () => {
    const metrics = [
      {
        type: "Object",
        object: { metricName: "function_calls", target: { kind: "Service", name: "x" }, targetValue: "2k" },
      },
    ];
    expect(planAutoscaler({ spec: { minReplicas: 2, maxReplicas: 3, metrics } })).toMatchObject({
      kind: "unsupported",
      replicas: 2,
      because: { reason: "Unsupported", message: expect.stringContaining("later version") },
    });
  });
});
