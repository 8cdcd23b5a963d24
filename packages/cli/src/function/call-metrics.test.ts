import { expect, test } from "vitest";
import { sumMetrics } from "./call-metrics.ts";

const pod = (calls: number, failures: number, seconds: number) => `# HELP function_calls_total Calls
# TYPE function_calls_total counter
function_calls_total{method="hello-GET"} ${calls}
function_failures_total{method="hello-GET"} ${failures}
function_duration_seconds_bucket{le="0.005",method="hello-GET"} 1
function_duration_seconds_sum{method="hello-GET"} ${seconds}
function_duration_seconds_count{method="hello-GET"} ${calls}
process_cpu_seconds_total 3
`;

test("the counts of all pods are added up per method", () => {
  expect(
    sumMetrics([pod(2, 1, 0.5), pod(3, 0, 1), 'function_calls_total{a="x",method="hello-POST"} 1e1']),
  ).toEqual([
    { method: "hello-GET", calls: 5, failures: 1, durationSeconds: 1.5 },
    { method: "hello-POST", calls: 10, failures: 0, durationSeconds: 0 },
  ]);
});

test("metrics without labels count, and what is no metric of a function does not", () => {
  expect(sumMetrics(["function_calls_total 4\nother_total 9\n<html>\nfunction_calls_total NaN"])).toEqual([
    { method: "", calls: 4, failures: 0, durationSeconds: 0 },
  ]);
  expect(sumMetrics(["Not found"])).toEqual([]);
});
