import { readFileSync } from "node:fs";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createTriggerMetrics } from "./trigger-metrics.ts";

const labels = { namespace: "default", trigger: "orders", function: "bill" };

test("the README names every metric, and says of it what its help says", async () => {
  const registry = new Registry();
  createTriggerMetrics(registry);
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const told = [...readme.matchAll(/^\| `(kubeless_trigger_\w+)` +\| (.+?) +\|$/gm)];
  expect(told.map(([, name, help]) => [name, help])).toEqual(
    (await registry.getMetricsAsJSON()).map(({ name, help }) => [name, help]),
  );
});

test("what is in flight is counted when it is asked for, until the binding is gone", async () => {
  const registry = new Registry();
  const metrics = createTriggerMetrics(registry)(labels);
  let count = 3;
  metrics.countInFlight(() => count);
  const series = 'kubeless_trigger_in_flight{namespace="default",trigger="orders",function="bill"}';
  expect(await registry.metrics()).toContain(`${series} 3\n`);
  count = 1;
  expect(await registry.metrics()).toContain(`${series} 1\n`);
  metrics.forget();
  expect(await registry.metrics()).not.toContain(series);
});
