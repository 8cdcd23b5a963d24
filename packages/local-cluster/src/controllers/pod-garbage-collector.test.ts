import { expect, test } from "vitest";
import type { Pod } from "../node/pod.ts";
import { startTestControllers } from "./controller-fixture.ts";
import { startPodGarbageCollector } from "./pod-garbage-collector.ts";

const spec = { containers: [{ name: "main", image: "example" }] };

test("pods of a node that is no more fail and go, once it has been missed for 40 s", async () => {
  const { api, clock, settled } = await startTestControllers([startPodGarbageCollector]);
  api.create("nodes", { metadata: { name: "here" } });
  for (const nodeName of ["here", "gone"]) {
    api.create("pods", { metadata: { name: nodeName, namespace: "default" }, spec: { ...spec, nodeName } });
  }
  const ends: (string | undefined)[] = [];
  api.watch<Pod>("pods", ({ type, object: { status } }) => {
    if (type === "DELETED") ends.push(status?.phase, status?.conditions?.at(-1)?.reason);
  });
  for (let waited = 0; waited < 60; waited += 20) {
    expect(api.get("pods", "default", "gone")).toBeDefined();
    clock.advance(20_000);
  }
  await settled();
  expect(api.get("pods", "default", "gone")).toBeUndefined();
  expect(api.get("pods", "default", "here")).toBeDefined();
  expect(ends).toEqual(["Failed", "DeletionByPodGC"]);
});

test("a node that comes back in time keeps its pods", async () => {
  const { api, clock } = await startTestControllers([startPodGarbageCollector]);
  api.create("pods", {
    metadata: { name: "kept", namespace: "default" },
    spec: { ...spec, nodeName: "late" },
  });
  clock.advance(20_000);
  clock.advance(20_000);
  api.create("nodes", { metadata: { name: "late" } });
  clock.advance(20_000);
  clock.advance(20_000);
  expect(api.get("pods", "default", "kept")).toBeDefined();
});

test("pods without a node wait for one", async () => {
  const { api, clock } = await startTestControllers([startPodGarbageCollector]);
  api.create("pods", { metadata: { name: "pending", namespace: "default" }, spec });
  for (let round = 0; round < 5; round += 1) clock.advance(20_000);
  expect(api.get("pods", "default", "pending")).toBeDefined();
});
