import { kafkaTriggerResource } from "@kubeless/api-types";
import { expect, test } from "vitest";
import { toSettings } from "./to-settings.ts";

function settingsOf(delivery: object) {
  const parsed = kafkaTriggerResource.parse({
    apiVersion: "kubeless.io/v1beta1",
    kind: "KafkaTrigger",
    metadata: { name: "orders" },
    spec: { topic: "t", functionSelector: { matchLabels: { function: "bill" } }, delivery },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return toSettings(parsed.value.spec.delivery, 10);
}

test("a batch is full when it holds as many events as may be under way: it does not wait for more", () => {
  expect(settingsOf({ batch: {} }).delivery.batch).toEqual({ maxSize: 32, maxWaitMs: 1_000 });
  expect(settingsOf({ batch: { maxSize: 20 } }).delivery.batch?.maxSize).toBe(20);
  expect(settingsOf({ maxInFlight: 500, batch: { maxSize: 200 } }).delivery.batch?.maxSize).toBe(200);
});

test("a call may take as long as the function, and five seconds more", () => {
  expect(settingsOf({}).callTimeoutMs).toBe(15_000);
  expect(settingsOf({ timeoutSeconds: 3 }).callTimeoutMs).toBe(3_000);
});
