import { describe, expect, test, vi } from "vitest";
import type { Pod } from "../../node/pod.ts";
import { renderWorkload, startTestWorkloads, type TestWorkloads } from "../workload-fixture.ts";
import { replicaSets } from "./replicaset.ts";

async function startSet(spec: object = {}): Promise<TestWorkloads> {
  const workloads = await startTestWorkloads();
  workloads.api.create(replicaSets, renderWorkload("ReplicaSet", spec));
  await workloads.settled();
  return workloads;
}

async function resize({ api, set, settled }: TestWorkloads, replicas: number): Promise<void> {
  const now = set("web");
  api.update(replicaSets, { ...now, spec: { ...now.spec, replicas } });
  await settled();
}

const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name).sort();

describe("a replica set", () => {
  test("makes its pods from the template, owned by it, and tells of each", async () => {
    const { pods, set, events } = await startSet({ replicas: 2 });
    expect(pods()).toHaveLength(2);
    const { uid } = set("web").metadata;
    for (const { metadata } of pods()) {
      expect(metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
      expect(metadata).toMatchObject({
        generateName: "web-",
        labels: { app: "web" },
        annotations: { version: "1" },
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "ReplicaSet",
            name: "web",
            uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      });
    }
    const told = events("web").map(({ type, reason, message }) => [type, reason, message]);
    expect(told.sort()).toEqual(
      names(pods()).map((name) => ["Normal", "SuccessfulCreate", `Created pod: ${name}`]),
    );
  });

  test("counts what is there, labelled, ready and available", async () => {
    const { pods, set, makeReady } = await startSet({ replicas: 3 });
    expect(set("web").status).toEqual({ replicas: 3, fullyLabeledReplicas: 3, observedGeneration: 1 });
    await makeReady(pods().slice(0, 2));
    expect(set("web").status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
  });

  test("counts a pod as available once it has been ready for minReadySeconds", async () => {
    const { pods, set, makeReady, clock, settled } = await startSet({ minReadySeconds: 10 });
    await makeReady(pods());
    clock.advance(9_999);
    await settled();
    expect(set("web").status).toMatchObject({ readyReplicas: 1 });
    expect(set("web").status).not.toHaveProperty("availableReplicas");
    clock.advance(1);
    await settled();
    expect(set("web").status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
  });

  test("misses no pod's availability when it comes while the set is looked at", async () => {
    const { pods, set, makeReady, clock, settled } = await startSet({ minReadySeconds: 10 });
    await makeReady(pods());
    clock.advance(10_000 - 1);
    const read = clock.now.bind(clock);
    let calls = 0;
    vi.spyOn(clock, "now").mockImplementation(() => read() + calls++);
    await settled();
    vi.restoreAllMocks();
    clock.advance(1_000);
    await settled();
    expect(set("web").status).toMatchObject({ availableReplicas: 1 });
  });

  test.each(["Failed", "Succeeded"])(
    "replaces a pod that has %s, and keeps what is left of it",
    async (phase) => {
      const { api, pods, setStatus, settled } = await startSet();
      const [first] = pods();
      setStatus(first as Pod, { phase });
      await settled();
      expect(pods()).toHaveLength(2);
      expect(api.get("pods", "default", first?.metadata.name ?? "")).toBeDefined();
    },
  );

  test("replaces a pod that someone deleted", async () => {
    const { api, pods, settled } = await startSet({ replicas: 2 });
    const before = names(pods());
    api.delete("pods", "default", before[0] ?? "");
    await settled();
    expect(pods()).toHaveLength(2);
    expect(names(pods())).toContain(before[1]);
    expect(names(pods())).not.toContain(before[0]);
  });

  test("gives up first what is not scheduled, then what is not ready, then what is cheap to lose", async () => {
    const workloads = await startSet({ replicas: 4 });
    const { api, pods, makeReady, setStatus } = workloads;
    const [unbound, unready, cheap, dear] = pods() as [Pod, Pod, Pod, Pod];
    await makeReady([unready, cheap, dear]);
    setStatus(unready, { conditions: [{ type: "Ready", status: "False" }] });
    const annotations = { "controller.kubernetes.io/pod-deletion-cost": "-5" };
    const latest = api.get<Pod>("pods", "default", cheap.metadata.name) as Pod;
    api.update("pods", { ...latest, metadata: { ...latest.metadata, annotations } });
    for (const [size, left] of [
      [3, [unready, cheap, dear]],
      [2, [cheap, dear]],
      [1, [dear]],
    ] as const) {
      await resize(workloads, size);
      expect(names(pods())).toEqual(names(left));
    }
    const deleted = workloads.events("web").filter(({ reason }) => reason === "SuccessfulDelete");
    expect(deleted.map(({ message }) => message)).toEqual(
      [unbound, unready, cheap].map(({ metadata }) => `Deleted pod: ${metadata.name}`),
    );
  });

  test("of ready pods, gives up the one that is so for the shortest time by far", async () => {
    const workloads = await startSet({ replicas: 2 });
    const [first, second] = workloads.pods() as [Pod, Pod];
    await workloads.makeReady([second]);
    workloads.clock.advance(3_600_000);
    await workloads.makeReady([first]);
    workloads.clock.advance(1_000);
    await resize(workloads, 1);
    expect(names(workloads.pods())).toEqual([second.metadata.name]);
  });

  test("adopts an orphan that its selector takes, releases a pod that leaves it, and fills the gap", async () => {
    const { api, pods, set, settled } = await startSet({ replicas: 1 });
    const [own] = pods() as [Pod];
    api.update("pods", { ...own, metadata: { ...own.metadata, labels: { app: "debug" } } });
    await settled();
    expect(api.get<Pod>("pods", "default", own.metadata.name)?.metadata.ownerReferences).toBeUndefined();
    expect(pods()).toHaveLength(2);
    const [{ metadata: kept }] = pods().filter((pod) => pod.metadata.name !== own.metadata.name) as [Pod];
    api.delete("pods", "default", kept.name);
    const orphan = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "orphan", namespace: "default", labels: { app: "web" } },
    };
    api.create("pods", { ...orphan, spec: own.spec });
    await settled();
    expect(api.get<Pod>("pods", "default", "orphan")?.metadata.ownerReferences).toMatchObject([
      { uid: set("web").metadata.uid, controller: true },
    ]);
    expect(set("web").status?.replicas).toBe(1);
  });

  test("says in condition and event why it cannot make pods, and takes it back when it can", async () => {
    const workloads = await startTestWorkloads({ mayFault: true });
    const { api, set, settled, events, clock } = workloads;
    const spec = { containers: [{ name: "main", image: "node" }], serviceAccountName: "absent" };
    const template = { metadata: { labels: { app: "web" } }, spec };
    api.create(replicaSets, renderWorkload("ReplicaSet", { template }));
    await settled();
    const [condition] = set("web").status?.conditions ?? [];
    expect(condition).toMatchObject({ type: "ReplicaFailure", status: "True", reason: "FailedCreate" });
    expect(events("web")).toContainEqual({
      type: "Warning",
      reason: "FailedCreate",
      message: `Error creating: ${condition?.message}`,
    });
    const account = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "absent", namespace: "default" },
    };
    api.create("serviceaccounts", account);
    clock.advance(60_000);
    await settled();
    expect(set("web").status).not.toHaveProperty("conditions");
    expect(workloads.pods()).toHaveLength(1);
  });

  test("makes nothing while it is being deleted", async () => {
    const { api, pods, settled, set } = await startSet({ replicas: 1 });
    const now = set("web");
    api.update(replicaSets, { ...now, metadata: { ...now.metadata, finalizers: ["example.com/hold"] } });
    api.delete(replicaSets, "default", "web");
    api.delete("pods", "default", pods()[0]?.metadata.name ?? "");
    await settled();
    expect(pods()).toEqual([]);
  });
});
