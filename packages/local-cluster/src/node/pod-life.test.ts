import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { condition, configMap, isReady, startTestNode } from "./node-fixture.ts";
import type { Pod } from "./pod.ts";
import { readPorts } from "./ports.ts";

const server = `
  const { createServer } = require("node:http");
  createServer((_, answer) => answer.end("hello from " + process.env.HOSTNAME)).listen(8080, () => console.log("up"));
`;

test("a pod passes from Pending over Running to Ready, and its port is published", async () => {
  const node = await startTestNode();
  const seen: string[] = [];
  node.api.watch<Pod>("pods", ({ object }) => {
    const state = Object.keys(object.status?.containerStatuses?.[0]?.state ?? { none: {} })[0];
    const text = `${object.status?.phase ?? "-"} ${state} ready=${condition(object, "Ready") ?? "-"}`;
    if (seen.at(-1) !== text) seen.push(text);
  });
  node.run("web", {
    containers: [
      {
        name: "web",
        image: "node:24",
        command: ["node", "-e", server],
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { path: "/", port: 8080 } },
      },
    ],
  });
  const pod = await node.until("web", isReady);

  expect(seen).toEqual([
    "Pending none ready=-",
    "Pending waiting ready=False",
    "Running running ready=False",
    "Running running ready=True",
  ]);
  const port = readPorts(pod).get(8080);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello from web");
  expect(pod.status).toMatchObject({
    phase: "Running",
    podIP: "127.0.0.1",
    hostIP: "127.0.0.1",
    qosClass: "BestEffort",
    containerStatuses: [{ name: "web", image: "node:24", ready: true, started: true, restartCount: 0 }],
  });
  expect(node.events("web")).toEqual([
    {
      type: "Normal",
      reason: "Pulled",
      message: 'Container image "node:24" already present on machine',
      fieldPath: "spec.containers{web}",
    },
    {
      type: "Normal",
      reason: "Created",
      message: "Created container: web",
      fieldPath: "spec.containers{web}",
    },
    {
      type: "Normal",
      reason: "Started",
      message: "Started container web",
      fieldPath: "spec.containers{web}",
    },
  ]);
});

test("two pods listen on the same port side by side", async () => {
  const node = await startTestNode();
  for (const name of ["one", "two"]) {
    const container = { name: "web", image: "node", args: ["-e", server], ports: [{ containerPort: 8080 }] };
    node.run(name, { containers: [{ ...container, readinessProbe: { tcpSocket: { port: 8080 } } }] });
  }
  for (const name of ["one", "two"]) {
    const port = readPorts(await node.until(name, isReady)).get(8080);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe(`hello from ${name}`);
  }
});

test("init containers run one after the other before the pod's own, and share its volumes", async () => {
  const node = await startTestNode();
  const volumeMounts = [{ name: "work", mountPath: "/work" }];
  node.run("job", {
    restartPolicy: "Never",
    volumes: [{ name: "work", emptyDir: {} }],
    initContainers: [
      { name: "first", image: "busybox", command: ["sh", "-c", "echo one >> /work/steps"], volumeMounts },
      { name: "second", image: "busybox", command: ["sh", "-c", "echo two >> /work/steps"], volumeMounts },
    ],
    containers: [{ name: "main", image: "busybox", command: ["cat", "/work/steps"], volumeMounts }],
  });
  const waiting = await node.until("job", (pod) => condition(pod, "Initialized") === "False");
  expect(waiting.status?.conditions?.find(({ type }) => type === "Initialized")).toMatchObject({
    reason: "ContainersNotInitialized",
    message: "containers with incomplete status: [first second]",
  });
  expect(waiting.status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: "PodInitializing" } });
  const pod = await node.until("job", ({ status }) => status?.phase === "Succeeded");

  expect(await node.log("job")).toBe("one\ntwo\n");
  expect(
    pod.status?.initContainerStatuses?.map(({ state, ready }) => [state?.terminated?.reason, ready]),
  ).toEqual([
    ["Completed", true],
    ["Completed", true],
  ]);
  expect(pod.status?.conditions?.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ["PodReadyToStartContainers", "False", undefined],
    ["Initialized", "True", "PodCompleted"],
    ["Ready", "False", "PodCompleted"],
    ["ContainersReady", "False", "PodCompleted"],
    ["PodScheduled", "True", undefined],
  ]);
});

test("a container that keeps failing is started again at once, then waits in CrashLoopBackOff", async () => {
  const node = await startTestNode();
  const { metadata } = node.run("crash", {
    containers: [
      {
        name: "web",
        image: "busybox",
        command: ["sh", "-c", "echo bye; exit 3"],
        terminationMessagePolicy: "FallbackToLogsOnError",
      },
    ],
  });
  const pod = await node.until("crash", ({ status }) => {
    return status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff";
  });

  const where = `crash_default(${metadata.uid})`;
  expect(pod.status?.phase).toBe("Running");
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    state: { waiting: { message: `back-off 10s restarting failed container=web pod=${where}` } },
    lastState: { terminated: { exitCode: 3, reason: "Error", message: "bye\n" } },
  });
  expect(node.events("crash")).toContainEqual({
    type: "Warning",
    reason: "BackOff",
    message: `Back-off restarting failed container web in pod ${where}`,
    fieldPath: "spec.containers{web}",
  });
});

test("an unknown image is waited for with a message that names what can be run", async () => {
  const node = await startTestNode();
  node.run("alien", { containers: [{ name: "web", image: "ghcr.io/example/alien:1" }] });
  const pod = await node.until(
    "alien",
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.message !== undefined,
  );

  expect(pod.status?.phase).toBe("Pending");
  expect(pod.status?.containerStatuses?.[0]?.state?.waiting).toEqual({
    reason: "ErrImagePull",
    message:
      'image "ghcr.io/example/alien:1" cannot be run here: pods of this local cluster are processes, not containers. It can run: busybox, node.',
  });
  expect(node.events("alien").map(({ reason, message }) => [reason, message.slice(0, 34)])).toEqual([
    ["Pulling", 'Pulling image "ghcr.io/example/alie'.slice(0, 34)],
    ["Failed", 'Failed to pull image "ghcr.io/exam'],
    ["Failed", "Error: ErrImagePull"],
  ]);
});

test("a volume waits for the ConfigMap it is made of, and follows its changes", async () => {
  const node = await startTestNode();
  node.run("reader", {
    volumes: [{ name: "config", configMap: { name: "settings" } }],
    containers: [
      {
        name: "web",
        image: "node",
        args: [
          "-e",
          'const fs = require("fs"); console.log(process.argv[1], fs.readFileSync(process.argv[1], "utf8")); setInterval(() => { const now = fs.readFileSync(process.argv[1], "utf8"); if (now === "red") { console.log(now); process.exit(0); } }, 5)',
          "/etc/app/colour",
        ],
        volumeMounts: [{ name: "config", mountPath: "/etc/app" }],
      },
    ],
    restartPolicy: "Never",
  });
  await node.until("reader", (pod) => condition(pod, "Initialized") === "True");
  node.api.create("configmaps", configMap("settings", { colour: "blue" }));
  await node.until("reader", ({ status }) => status?.phase === "Running");
  await node.firstOutput("reader");
  node.api.update("configmaps", configMap("settings", { colour: "red" }));
  await node.until("reader", ({ status }) => status?.phase === "Succeeded");

  expect(await node.log("reader")).toMatch(/colour blue\nred\n$/);
  expect(node.events("reader")).toContainEqual({
    type: "Warning",
    reason: "FailedMount",
    message: 'MountVolume.SetUp failed for volume "config" : configmap "settings" not found',
  });
});

const stubborn = [
  {
    name: "web",
    image: "node",
    args: [
      "-e",
      'process.on("SIGTERM", () => console.log("no")); setInterval(() => {}, 1000); console.log("up")',
    ],
  },
];

test("a node that stops leaves nobody more time than it has, also where a pod was ending already", async () => {
  const node = await startTestNode({ stopGraceMs: 100 });
  const spec = { containers: stubborn, terminationGracePeriodSeconds: 3600 };
  for (const name of ["running", "ending"]) node.run(name, spec);
  for (const name of ["running", "ending"]) {
    await node.until(name, isReady);
    await node.firstOutput(name);
  }
  node.api.delete("pods", "default", "ending");
  await node.agent.stop();
  expect(readdirSync(join(node.dataDir, "processes"))).toEqual([]);
});

test("a deleted pod is asked to end, then killed after its grace period, and leaves the cluster last", async () => {
  const node = await startTestNode();
  node.run("stubborn", { containers: stubborn });
  await node.until("stubborn", isReady);
  await node.firstOutput("stubborn");
  const gone = node.gone("stubborn");
  node.api.delete("pods", "default", "stubborn");
  const pod = await node.until(
    "stubborn",
    ({ status }) => status?.containerStatuses?.[0]?.state?.terminated !== undefined,
  );
  await gone;

  expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 137,
    reason: "Error",
  });
  expect(node.events("stubborn").at(-1)).toMatchObject({
    reason: "Killing",
    message: "Stopping container web",
  });
});

const failingInit = {
  initContainers: [{ name: "install", image: "busybox", command: ["sh", "-c", "exit 1"] }],
  containers: [{ name: "web", image: "node", args: ["-e", server] }],
};

function isBackingOff({ status }: Pod): boolean {
  return status?.initContainerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff";
}

test("a pod whose init container waits for its next try is deleted at once", async () => {
  const node = await startTestNode({ restartBackOff: { initialMs: 3_600_000, maxMs: 3_600_000 } });
  node.run("install", failingInit);
  await node.until("install", isBackingOff);
  const gone = node.gone("install");
  node.api.delete("pods", "default", "install");
  await gone;
});

test("a node stops while an init container waits for its next try", async () => {
  const node = await startTestNode({ restartBackOff: { initialMs: 3_600_000, maxMs: 3_600_000 } });
  node.run("install", failingInit);
  await node.until("install", isBackingOff);
  await node.agent.stop();
});

test("thirty pods made and deleted in the midst of their start leave nothing behind", async () => {
  const node = await startTestNode();
  const names = Array.from({ length: 30 }, (_, index) => `pod-${index}`);
  const gone = names.map((name) => node.gone(name));
  const container = { name: "web", image: "node", args: ["-e", server], ports: [{ containerPort: 8080 }] };
  for (const name of names) node.run(name, { containers: [container] });
  for (const [index, name] of names.entries()) {
    if (index % 3 === 0) node.api.delete("pods", "default", name);
    else if (index % 3 === 1)
      void node.until(name, isReady).then(() => node.api.delete("pods", "default", name));
    else setImmediate(() => node.api.delete("pods", "default", name));
  }
  await Promise.all(gone);
  await expect.poll(() => readdirSync(join(node.dataDir, "pods"))).toEqual([]);

  expect(readdirSync(join(node.dataDir, "processes"))).toEqual([]);
});

test("a working folder lies in the container's own, wherever it is said to be", async () => {
  const node = await startTestNode();
  const container = { name: "main", image: "busybox", command: ["sh", "-c", "pwd"] };
  const up = "../".repeat(20);
  node.run("inside", {
    restartPolicy: "Never",
    containers: [{ ...container, workingDir: `/${up}elsewhere` }],
  });
  await node.until("inside", ({ status }) => status?.phase === "Succeeded");
  expect(await node.log("inside")).toMatch(/\/containers\/main\/root\/elsewhere\n$/);
});
