import { expect, onTestFinished, test } from "vitest";
import type { KubeObject } from "../api/cluster-api.ts";
import { systemClock } from "../clock.ts";
import { startNode } from "./index.ts";
import { condition, isReady, startTestNode, testImages } from "./node-fixture.ts";
import type { Container, Pod } from "./pod.ts";

const sleeper: Container = { name: "main", image: "busybox", command: ["sh", "-c", "echo up; sleep 100"] };

test("the node says what it has and that it is ready", async () => {
  const { api } = await startTestNode();

  expect(api.get("nodes", undefined, "local")).toMatchObject({
    status: {
      conditions: expect.arrayContaining([expect.objectContaining({ type: "Ready", status: "True" })]),
      addresses: expect.arrayContaining([{ type: "InternalIP", address: "127.0.0.1" }]),
      nodeInfo: { kubeletVersion: expect.stringMatching(/\+local$/) },
    },
  });
});

test("a pod without a node is bound to this one, which is told as the scheduler does", async () => {
  const node = await startTestNode();
  node.api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "free", namespace: "default" },
    spec: { terminationGracePeriodSeconds: 1, containers: [sleeper] },
  });
  const pod = await node.until("free", isReady);

  expect(pod.spec.nodeName).toBe("local");
  expect(condition(pod, "PodScheduled")).toBe("True");
  expect(node.events("free")[0]).toEqual({
    type: "Normal",
    reason: "Scheduled",
    message: "Successfully assigned default/free to local",
  });
});

test("a pod whose node selector does not fit waits, and is bound when the node gets the label", async () => {
  const node = await startTestNode();
  node.api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "choosy", namespace: "default" },
    spec: { terminationGracePeriodSeconds: 1, nodeSelector: { disk: "ssd" }, containers: [sleeper] },
  });
  const waiting = await node.until("choosy", (pod) => condition(pod, "PodScheduled") === "False");
  expect(waiting.status?.conditions).toMatchObject([
    {
      type: "PodScheduled",
      reason: "Unschedulable",
      message: expect.stringContaining("node affinity/selector"),
    },
  ]);
  expect(node.events("choosy")).toMatchObject([{ type: "Warning", reason: "FailedScheduling" }]);

  const known = node.api.get<KubeObject>("nodes", undefined, "local");
  const labels = { ...known?.metadata.labels, disk: "ssd" };
  node.api.update("nodes", { ...known, metadata: { ...known?.metadata, name: "local", labels } });
  const pod = await node.until("choosy", isReady);
  expect(condition(pod, "PodScheduled")).toBe("True");
});

test("a cordoned node gets no pod but those that tolerate it, until it is uncordoned", async () => {
  const node = await startTestNode();
  const cordon = (unschedulable: boolean) => {
    const known = node.api.get<KubeObject & { spec?: object }>("nodes", undefined, "local");
    node.api.update("nodes", { ...known, spec: { ...known?.spec, unschedulable } });
  };
  cordon(true);
  const create = (name: string, spec: object) =>
    node.api.create("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: { terminationGracePeriodSeconds: 1, containers: [sleeper], ...spec },
    });
  create("waiting", {});
  create("allowed", {
    tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }],
  });
  await node.until("allowed", isReady);
  const waiting = await node.until("waiting", (pod) => condition(pod, "PodScheduled") === "False");
  expect(waiting.status?.conditions).toMatchObject([
    { reason: "Unschedulable", message: "0/1 nodes are available: 1 node(s) were unschedulable." },
  ]);
  cordon(false);
  await node.until("waiting", isReady);
});

test("a pod of another node is not touched", async () => {
  const node = await startTestNode();
  node.run("elsewhere", { nodeName: "other", containers: [sleeper] });
  node.run("here", { containers: [sleeper] });
  await node.until("here", isReady);

  expect(node.api.get<Pod>("pods", "default", "elsewhere")?.status?.containerStatuses).toBeUndefined();
});

test("pods that always run begin again with the next run, those that run once are lost", async () => {
  const node = await startTestNode();
  node.run("always", { containers: [sleeper] });
  node.run("once", { restartPolicy: "Never", containers: [sleeper] });
  await node.until("always", isReady);
  await node.until("once", isReady);
  await node.agent.stop();

  const agent = startNode(node.api, {
    images: testImages,
    dataDir: node.dataDir,
    clock: systemClock(),
    apiServer: { host: "127.0.0.1", port: 1 },
    issueToken: () => "token",
  });
  onTestFinished(() => agent.stop());
  const once = await node.until("once", ({ status }) => status?.phase === "Failed");
  await node.until("always", isReady);
  const [line] = await new Promise<string[]>((resolve) => {
    agent
      .logs("default", "always", { follow: true })
      .once("data", (chunk) => resolve(String(chunk).split("\n")));
  });

  expect(once.status).toMatchObject({
    reason: "NodeLost",
    message: "The local cluster ended while this pod ran.",
  });
  expect(line).toBe("up");
});

test("cpu and memory of a container are those of its process group", async () => {
  const node = await startTestNode();
  const source = "setInterval(() => { const end = Date.now() + 30; while (Date.now() < end); }, 60)";
  node.run("busy", { containers: [{ name: "main", image: "node", args: ["-e", source] }] });
  await node.until("busy", isReady);
  await expect
    .poll(() => node.agent.usage()[0]?.cpuNanocores ?? 0, { timeout: 10_000 })
    .toBeGreaterThan(50_000_000);

  const [usage] = node.agent.usage();
  expect(usage).toMatchObject({ namespace: "default", pod: "busy", container: "main" });
  expect(usage?.memoryBytes).toBeGreaterThan(5 << 20);
  expect(usage?.memoryBytes).toBeLessThan(200 << 20);
});
