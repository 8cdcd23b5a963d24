import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { condition, configMap, isReady, readAll, secret, startTestNode } from "./node-fixture.ts";
import type { Container, Pod } from "./pod.ts";

const shell = (name: string, script: string): Container => ({
  name,
  image: "busybox",
  command: ["sh", "-c", script],
});
const program = (name: string, source: string): Container => ({ name, image: "node", args: ["-e", source] });
const forever = "setInterval(() => {}, 1000);";

const phase = (wanted: string) => (pod: Pod) => pod.status?.phase === wanted;
const stateOf = (pod: Pod, index = 0) => pod.status?.containerStatuses?.[index]?.state;

test("variables come from values, ConfigMaps, Secrets, the pod's own fields and limits, and refer to each other", async () => {
  const node = await startTestNode();
  node.api.create("configmaps", configMap("settings", { COLOUR: "blue", SIZE: "xl" }));
  node.api.create("secrets", secret("keys", { password: "s3cret" }));
  node.run(
    "env",
    {
      restartPolicy: "Never",
      containers: [
        {
          ...program("main", "console.log(JSON.stringify(process.env)); console.log(process.argv[1])"),
          args: [
            "-e",
            "console.log(JSON.stringify(process.env)); console.log(process.argv[1])",
            "arg-$(COLOUR)-$(NOPE)-$$(COLOUR)",
          ],
          resources: { limits: { cpu: "250m", memory: "256Mi" } },
          envFrom: [
            { prefix: "P_", configMapRef: { name: "settings" } },
            { secretRef: { name: "none", optional: true } },
          ],
          env: [
            { name: "COLOUR", valueFrom: { configMapKeyRef: { name: "settings", key: "COLOUR" } } },
            { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "keys", key: "password" } } },
            { name: "URL", value: "http://$(COLOUR):$(PASSWORD)@host" },
            { name: "LABEL", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
            { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
            { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } } },
            {
              name: "MEMORY",
              valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } },
            },
          ],
        },
      ],
    },
    { labels: { app: "shop" } },
  );
  await node.until("env", phase("Succeeded"));
  const [json = "", argument] = (await node.log("env")).split("\n");

  expect(JSON.parse(json)).toMatchObject({
    P_COLOUR: "blue",
    P_SIZE: "xl",
    COLOUR: "blue",
    PASSWORD: "s3cret",
    URL: "http://blue:s3cret@host",
    LABEL: "shop",
    NODE: "local",
    CPU: "250",
    MEMORY: "256",
    HOSTNAME: "env",
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
  });
  expect(argument).toBe("arg-blue-$(NOPE)-$(COLOUR)");
});

test("nothing of this process's environment reaches a pod", async () => {
  const node = await startTestNode();
  node.run("bare", {
    restartPolicy: "Never",
    containers: [program("main", "console.log(Object.keys(process.env).sort().join())")],
  });
  await node.until("bare", phase("Succeeded"));
  const names = (await node.log("bare")).trim().split(",");
  const expected = /^(HOME|HOSTNAME|KUBERNETES_.*|LOCAL_CLUSTER_.*|NODE_OPTIONS|PATH|TMPDIR)$/;

  expect(names.filter((name) => !expected.test(name))).toEqual([]);
});

test.each([
  [{ configMapKeyRef: { name: "nosuch", key: "x" } }, 'configmap "nosuch" not found'],
  [
    { configMapKeyRef: { name: "kube-root-ca.crt", key: "x" } },
    "couldn't find key x in ConfigMap default/kube-root-ca.crt",
  ],
  [{ secretKeyRef: { name: "nosuch", key: "x" } }, 'secret "nosuch" not found'],
])("a container waits while what a variable comes from is missing: %j", async (valueFrom, message) => {
  const node = await startTestNode();
  node.run("waits", { containers: [{ ...shell("main", "sleep 100"), env: [{ name: "X", valueFrom }] }] });
  const pod = await node.until("waits", (it) => stateOf(it)?.waiting?.message !== undefined);

  expect(stateOf(pod)?.waiting).toEqual({ reason: "CreateContainerConfigError", message });
  expect(node.events("waits")).toContainEqual(
    expect.objectContaining({ reason: "Failed", message: `Error: ${message}` }),
  );
});

test("a container that waits for a ConfigMap starts as soon as it is there", async () => {
  const node = await startTestNode();
  const env = [{ name: "X", valueFrom: { configMapKeyRef: { name: "late", key: "x" } } }];
  node.run("waits", { restartPolicy: "Never", containers: [{ ...shell("main", 'echo "$X"'), env }] });
  await node.until("waits", (it) => stateOf(it)?.waiting?.message !== undefined);
  node.api.create("configmaps", configMap("late", { x: "at last" }));
  await node.until("waits", phase("Succeeded"));

  expect(await node.log("waits")).toBe("at last\n");
});

test("a sidecar starts before the containers, runs beside them and ends after them", async () => {
  const node = await startTestNode();
  const volumeMounts = [{ name: "work", mountPath: "/work" }];
  const sidecar = program(
    "side",
    `const fs = require("fs"); fs.writeFileSync(process.argv[1] + "/up", ""); process.on("SIGTERM", () => { console.log(fs.existsSync(process.argv[1] + "/done")); process.exit(0) }); ${forever}`,
  );
  node.run("job", {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 10,
    volumes: [{ name: "work", emptyDir: {} }],
    initContainers: [
      {
        ...sidecar,
        image: "busybox",
        command: ["node"],
        args: [...(sidecar.args ?? []), "/work"],
        restartPolicy: "Always",
        startupProbe: { exec: { command: ["cat", "/work/up"] }, periodSeconds: 1 },
        volumeMounts,
      },
    ],
    containers: [{ ...shell("main", "cat /work/up && echo found && touch /work/done"), volumeMounts }],
  });
  const pod = await node.until("job", phase("Succeeded"));

  expect(await node.log("job", "main")).toBe("found\n");
  expect(await node.log("job", "side")).toBe("true\n");
  expect(condition(pod, "Initialized")).toBe("True");
  expect(pod.status?.initContainerStatuses?.[0]).toMatchObject({
    name: "side",
    state: { terminated: { exitCode: 0 } },
  });
});

test("a failed liveness probe has the container killed and started again, with the kubelet's words", async () => {
  const node = await startTestNode();
  const probe = {
    exec: { command: ["sh", "-c", "echo sick; exit 1"] },
    periodSeconds: 1,
    failureThreshold: 1,
  };
  node.run("ill", { containers: [{ ...shell("main", "sleep 100"), livenessProbe: probe }] });
  const pod = await node.until(
    "ill",
    ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
  );

  expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
    exitCode: 143,
    reason: "Error",
  });
  expect(node.events("ill")).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        type: "Warning",
        reason: "Unhealthy",
        message: "Liveness probe failed: sick\n",
      }),
      expect.objectContaining({
        reason: "Killing",
        message: "Container main failed liveness probe, will be restarted",
      }),
    ]),
  );
});

test("readiness follows the probe, and a failing one is told with the status it got", async () => {
  const node = await startTestNode();
  const source = `let code = 200; const s = require("http").createServer((q, a) => { if (q.url === "/fail") code = 503; a.writeHead(code).end(); }).listen(8080)`;
  const readinessProbe = { httpGet: { port: "http", path: "/" }, periodSeconds: 1, failureThreshold: 1 };
  node.run("web", {
    containers: [
      { ...program("main", source), ports: [{ name: "http", containerPort: 8080 }], readinessProbe },
    ],
  });
  const pod = await node.until("web", isReady);
  const { "8080": port } = JSON.parse(pod.metadata.annotations?.["local-cluster/ports"] ?? "{}");
  await fetch(`http://127.0.0.1:${port}/fail`);
  const unready = await node.until(
    "web",
    (it) => condition(it, "Ready") === "False" && it.status?.phase === "Running",
  );

  expect(unready.status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
    reason: "ContainersNotReady",
    message: "containers with unready status: [main]",
  });
  expect(node.events("web")).toContainEqual(
    expect.objectContaining({
      reason: "Unhealthy",
      message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
    }),
  );
});

test("a container beyond its memory limit is killed with reason OOMKilled", async () => {
  const node = await startTestNode();
  const source = `const kept = []; setInterval(() => kept.push(Buffer.alloc(20 << 20, 1)), 20)`;
  node.run("big", {
    restartPolicy: "Never",
    containers: [{ ...program("main", source), resources: { limits: { memory: "128Mi" } } }],
  });
  const pod = await node.until("big", phase("Failed"));

  expect(stateOf(pod)?.terminated).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
});

test("a Node program whose heap outgrows the limit is OOMKilled too", async () => {
  const node = await startTestNode();
  const source = `const kept = []; for (;;) kept.push({ x: new Array(1000).fill(Math.random()) })`;
  node.run("heap", {
    restartPolicy: "Never",
    containers: [{ ...program("main", source), resources: { limits: { memory: "64Mi" } } }],
  });
  const pod = await node.until("heap", phase("Failed"));

  expect(stateOf(pod)?.terminated).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
});

test("what the container wrote to its termination log is its last word", async () => {
  const node = await startTestNode();
  node.run("words", {
    restartPolicy: "Never",
    containers: [shell("main", "echo why > /dev/termination-log; exit 4")],
  });
  const pod = await node.until("words", phase("Failed"));

  expect(stateOf(pod)?.terminated).toMatchObject({ exitCode: 4, reason: "Error", message: "why\n" });
  expect(condition(pod, "Ready")).toBe("False");
  expect(pod.status?.conditions?.find(({ type }) => type === "Ready")?.reason).toBe("PodFailed");
});

test("a command the image does not have is a StartError that names what it has", async () => {
  const node = await startTestNode();
  node.run("alien", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "node", command: ["python", "x.py"] }],
  });
  const pod = await node.until("alien", phase("Failed"));

  expect(stateOf(pod)?.terminated).toMatchObject({
    exitCode: 128,
    reason: "StartError",
    message:
      'failed to start the container\'s process: exec: "python": executable file not found: this image can run: node',
  });
});

test("a changed image starts the container again with the new one", async () => {
  const node = await startTestNode();
  node.run("web", {
    containers: [{ name: "main", image: "nosuch:1", command: ["sh", "-c", "echo up; sleep 100"] }],
  });
  const waiting = await node.until("web", (it) => stateOf(it)?.waiting?.reason === "ErrImagePull");
  const [container] = waiting.spec.containers;
  node.api.update("pods", {
    ...waiting,
    spec: { ...waiting.spec, containers: [{ ...container, image: "busybox" }] },
  });
  await node.until("web", isReady);

  expect(await node.firstOutput("web")).toBe("up\n");
});

test("a pod beyond its deadline fails with reason DeadlineExceeded", async () => {
  const node = await startTestNode();
  node.run("slow", {
    restartPolicy: "Never",
    activeDeadlineSeconds: 1,
    containers: [shell("main", "sleep 100")],
  });
  const pod = await node.until("slow", phase("Failed"));

  expect(pod.status).toMatchObject({
    reason: "DeadlineExceeded",
    message: "Pod was active on the node longer than the specified deadline",
  });
});

test("preStop runs before SIGTERM, within the grace period", async () => {
  const node = await startTestNode();
  const container = program(
    "main",
    `process.on("SIGTERM", () => { console.log("term"); process.exit(0) }); console.log("up"); ${forever}`,
  );
  const volumeMounts = [{ name: "work", mountPath: "/work" }];
  node.run("web", {
    terminationGracePeriodSeconds: 10,
    volumes: [{ name: "work", emptyDir: {} }],
    containers: [
      {
        ...container,
        volumeMounts,
        lifecycle: { preStop: { exec: { command: ["node", "-e", "process.exit(3)"] } } },
      },
    ],
  });
  await node.until("web", isReady);
  await node.firstOutput("web");
  const rest = readAll(node.agent.logs("default", "web", { follow: true }));
  const gone = node.gone("web");
  node.api.delete("pods", "default", "web");
  await gone;

  expect(await rest).toBe("up\nterm\n");
  expect(node.events("web")).toContainEqual(expect.objectContaining({ reason: "FailedPreStopHook" }));
});

test("a deletion without grace kills at once", async () => {
  const node = await startTestNode();
  node.run("web", {
    terminationGracePeriodSeconds: 600,
    containers: [program("main", `process.on("SIGTERM", () => {}); ${forever}`)],
  });
  await node.until("web", isReady);
  node.api.delete("pods", "default", "web");
  const gone = node.gone("web");
  node.api.delete("pods", "default", "web", { gracePeriodSeconds: 0 });
  await gone;
});

test("a script finds the image's programs by name, with their own arguments", async () => {
  const node = await startTestNode({
    images: [
      {
        image: "tools",
        programs: {
          sh: ["/bin/sh"],
          greet: [process.execPath, "-e", "console.log('it\\'s', process.argv[1])", "--"],
        },
      },
    ],
  });
  node.run("main", {
    restartPolicy: "Never",
    containers: [{ ...shell("main", 'greet "you there"'), image: "tools" }],
  });
  await node.until("main", phase("Succeeded"));

  expect(await node.log("main")).toBe("it's you there\n");
});

test("a probe never asks a program of somebody else that has the port", async () => {
  const node = await startTestNode();
  const stranger = createServer((_, answer) => answer.end()).listen(0, "127.0.0.1");
  onTestFinished(() => {
    stranger.close();
  });
  await once(stranger, "listening");
  const { port } = stranger.address() as AddressInfo;
  node.run("web", { containers: [{ ...shell("main", "sleep 100"), readinessProbe: { httpGet: { port } } }] });
  const message = await new Promise<string>((resolve) => {
    node.api.watch<{ reason: string; message: string }>("events", ({ object }) => {
      if (object.reason === "Unhealthy") resolve(object.message);
    });
  });

  expect(message).toBe(
    `Readiness probe failed: Get "http://127.0.0.1:${port}/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  );
});

test("programs given by a bare name are those on PATH", async () => {
  const node = await startTestNode({
    images: [{ image: "busybox", programs: { sh: ["sh"], echo: ["echo"] } }],
  });
  node.run("main", {
    restartPolicy: "Never",
    containers: [shell("main", "sh -c 'echo found'; exec echo again")],
  });
  await node.until("main", phase("Succeeded"));

  expect(await node.log("main")).toBe("found\nagain\n");
});
