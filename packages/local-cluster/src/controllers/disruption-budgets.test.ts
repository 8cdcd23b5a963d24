import { expect, test } from "vitest";
import type { KubeObject } from "../api/cluster-api.ts";
import { startTestControllers, type TestControllers } from "./controller-fixture.ts";
import { startDisruptionBudgets } from "./disruption-budgets.ts";

const labels = { app: "web" };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "example" }] } };

/** Pods of one ReplicaSet of this size, of which so many are ready. */
function run({ api }: TestControllers, size: number, ready: number): KubeObject[] {
  const set = api.create("replicasets.apps", {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: size, selector, template },
  });
  const owner = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: "web",
    uid: set.metadata.uid,
    controller: true,
  };
  return Array.from({ length: size }, (_, index) => {
    const metadata = { name: `web-${index}`, namespace: "default", labels, ownerReferences: [owner] };
    const pod = api.create("pods", { metadata, spec: template.spec });
    const conditions = [{ type: "Ready", status: index < ready ? "True" : "False" }];
    return api.updateStatus("pods", { ...pod, status: { phase: "Running", conditions } });
  });
}

async function statusOf(controllers: TestControllers, spec: object): Promise<object | undefined> {
  const { api, settled } = controllers;
  api.create("poddisruptionbudgets.policy", {
    metadata: { name: "calm", namespace: "default" },
    spec: { selector, ...spec },
  });
  await settled();
  return api.get<{ status: object }>("poddisruptionbudgets.policy", "default", "calm")?.status;
}

test.each([
  [{ minAvailable: 2 }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ minAvailable: "50%" }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ minAvailable: 5 }, { desiredHealthy: 5, disruptionsAllowed: 0 }],
  [{ maxUnavailable: 1 }, { desiredHealthy: 3, disruptionsAllowed: 0 }],
  [{ maxUnavailable: "50%" }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ maxUnavailable: 9 }, { desiredHealthy: 0, disruptionsAllowed: 3 }],
])("of four pods of which three are ready, %j lets so many go: %j", async (spec, expected) => {
  const controllers = await startTestControllers([startDisruptionBudgets]);
  run(controllers, 4, 3);
  const isAllowed = expected.disruptionsAllowed > 0;
  expect(await statusOf(controllers, spec)).toMatchObject({
    currentHealthy: 3,
    expectedPods: 4,
    observedGeneration: 1,
    ...expected,
    conditions: [
      {
        type: "DisruptionAllowed",
        status: isAllowed ? "True" : "False",
        reason: isAllowed ? "SufficientPods" : "InsufficientPods",
      },
    ],
  });
});

test("follows pods as they come and go, and writes nothing when nothing changes", async () => {
  const controllers = await startTestControllers([startDisruptionBudgets]);
  const { api, settled } = controllers;
  const [pod] = run(controllers, 3, 3);
  expect(await statusOf(controllers, { minAvailable: 2 })).toMatchObject({ disruptionsAllowed: 1 });
  const before = api.get("poddisruptionbudgets.policy", "default", "calm");
  api.update("pods", { ...pod, metadata: { ...pod?.metadata, annotations: { seen: "yes" } } });
  await settled();
  expect(api.get("poddisruptionbudgets.policy", "default", "calm")).toBe(before);
  api.delete("pods", "default", "web-0", { gracePeriodSeconds: 0 });
  await settled();
  expect(api.get("poddisruptionbudgets.policy", "default", "calm")).toMatchObject({
    status: { currentHealthy: 2, disruptionsAllowed: 0 },
  });
});

test("pods of nothing that has a size may not go by share", async () => {
  const controllers = await startTestControllers([startDisruptionBudgets]);
  controllers.api.create("pods", {
    metadata: { name: "alone", namespace: "default", labels },
    spec: template.spec,
  });
  expect(await statusOf(controllers, { maxUnavailable: 1 })).toMatchObject({ disruptionsAllowed: 0 });
});
