import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultImages } from "../bin-images.ts";
import { startCluster } from "../start-cluster.ts";
import { type Answer, openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

type Body = Answer["body"];
const image = "debian:bookworm-slim";
const sh = (script: string, rest: object = {}) => ({
  name: "main",
  image,
  command: ["sh", "-c", script],
  ...rest,
});
const once = (script: string, rest: object = {}, spec: object = {}) => ({
  restartPolicy: "Never",
  terminationGracePeriodSeconds: 1,
  containers: [sh(script, rest)],
  ...spec,
});
const isOver = ({ status }: Body) => status?.phase === "Succeeded" || status?.phase === "Failed";
const main = ({ status }: Body) => status?.containerStatuses?.find(({ name }: Body) => name === "main");

describe(`pods on ${where}`, { timeout: 90_000 }, () => {
  let cluster: TestCluster;
  let base: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig, () => startCluster({ images: defaultImages() }));
    base = `/api/v1/namespaces/${cluster.namespace}`;
    await cluster.until(`${base}/serviceaccounts/default`, () => true);
    await created("configmaps", { metadata: { name: "conf" }, data: { a: "from a map", "b.txt": "file b" } });
    await created("secrets", { metadata: { name: "hidden" }, stringData: { key: "a secret" } });
  });
  afterAll(() => cluster.stop());

  const created = async (plural: string, object: object) => {
    const { code, body } = await cluster.send("POST", `${base}/${plural}`, object);
    expect({ code, message: body.message }).toEqual({ code: 201, message: undefined });
  };
  const start = async (name: string, spec: object, metadata: object = {}) => {
    await created("pods", { metadata: { name, ...metadata }, spec });
    return `${base}/pods/${name}`;
  };
  const log = async (pod: string, query = "") => (await cluster.send("GET", `${pod}/log${query}`)).body;
  const run = async (name: string, spec: object, metadata: object = {}) => {
    const pod = await start(name, spec, metadata);
    return { pod, body: await cluster.until(pod, isOver), text: await log(pod, "?container=main") };
  };

  test("an image without an entrypoint runs what its arguments say", async () => {
    const { command: _, ...container } = sh("", { args: ["sh", "-c", "echo ran"] });
    const { text } = await run("arguments", once("", {}, { containers: [container] }));
    expect(text).toBe("ran\n");
  });

  test("the environment comes from values, the pod, its resources, maps and secrets, and refers to itself", async () => {
    const env = [
      { name: "PLAIN", value: "p" },
      { name: "JOINED", value: "$(PLAIN)-$(NOTHING)-$$(PLAIN)" },
      { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "TIER", valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
      { name: "MEMORY", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
      { name: "MAPPED", valueFrom: { configMapKeyRef: { name: "conf", key: "a" } } },
      { name: "SECRET", valueFrom: { secretKeyRef: { name: "hidden", key: "key" } } },
      { name: "NONE", valueFrom: { secretKeyRef: { name: "hidden", key: "no", optional: true } } },
    ];
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
    const script = 'echo "$PLAIN|$JOINED|$POD|$TIER|$MEMORY|$MAPPED|$SECRET|${NONE-none}|$P_key|$HOSTNAME"';
    const rest = {
      env,
      envFrom: [{ prefix: "P_", secretRef: { name: "hidden" } }],
      resources: { limits: { memory: "64Mi" } },
    };
    const { text } = await run("environment", once(script, rest), { labels: { tier: "front" } });
    expect(text).toBe(
      "p|p-$(NOTHING)-$(PLAIN)|environment|front|64|from a map|a secret|none|a secret|environment\n",
    );
  });

  test("volumes hold maps, secrets and what the pod is, whole, in parts and together", async () => {
    const volumes = [
      { name: "map", configMap: { name: "conf", items: [{ key: "a", path: "deep/a", mode: 0o400 }] } },
      { name: "files", configMap: { name: "conf" } },
      {
        name: "pod",
        downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
      },
      {
        name: "all",
        projected: {
          sources: [
            { secret: { name: "hidden" } },
            { configMap: { name: "conf", items: [{ key: "a", path: "a" }] } },
            { downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
            { serviceAccountToken: { path: "token" } },
          ],
        },
      },
      { name: "scratch", emptyDir: {} },
      { name: "none", secret: { secretName: "no-such", optional: true } },
    ];
    const volumeMounts = [
      { name: "map", mountPath: "/map" },
      { name: "files", mountPath: "/one/b.txt", subPath: "b.txt" },
      { name: "pod", mountPath: "/pod" },
      { name: "all", mountPath: "/all" },
      { name: "scratch", mountPath: "/scratch", subPath: "inner" },
      { name: "none", mountPath: "/none" },
    ];
    const script =
      "cat /map/deep/a; echo; cat /one/b.txt; echo; cat /pod/labels; echo; cat /all/key /all/a /all/name; echo; " +
      "test -s /all/token && cat /scratch/note && ls /none | wc -l";
    const first = {
      name: "first",
      image,
      command: ["sh", "-c", "echo left > /scratch/note"],
      volumeMounts: [{ name: "scratch", mountPath: "/scratch", subPath: "inner" }],
    };
    const { text } = await run(
      "volumes",
      once(
        script,
        { volumeMounts },
        {
          volumes,
          initContainers: [first],
        },
      ),
      { labels: { app: "web", tier: "front" } },
    );
    expect(text).toBe('from a map\nfile b\napp="web"\ntier="front"\na secretfrom a mapvolumes\nleft\n0\n');
  });

  test("labels that change are seen in the pod's files", async () => {
    const volumes = [
      {
        name: "pod",
        downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
      },
    ];
    const script = 'until grep -q second /pod/labels; do sleep 0.2; done; echo "saw $(cat /pod/labels)"';
    const rest = { volumeMounts: [{ name: "pod", mountPath: "/pod" }] };
    const pod = await start("watching", once(script, rest, { volumes }), { labels: { is: "first" } });
    await cluster.until(pod, ({ status }) => status?.phase === "Running");
    await cluster.send("PATCH", pod, { metadata: { labels: { is: "second" } } });
    await cluster.until(pod, isOver);
    expect(await log(pod)).toBe('saw is="second"\n');
  });

  test.each([
    ["written", "echo last words > /dev/termination-log; exit 3", {}, "last words\n"],
    ["silent", "echo only said; exit 3", {}, undefined],
    [
      "fallback",
      "echo only said; exit 3",
      { terminationMessagePolicy: "FallbackToLogsOnError" },
      "only said\n",
    ],
  ])("a container that fails leaves its last words: %s", async (name, script, rest, message) => {
    const { body } = await run(name, once(script, rest));
    expect(body.status.phase).toBe("Failed");
    expect(main(body).state.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
    expect(main(body).state.terminated.message).toBe(message);
  });

  test("a container that needs more memory than it may is OOMKilled", async () => {
    const script = 'a=xxxxxxxxxxxxxxxx; while true; do a="$a$a"; done';
    const { body } = await run("greedy", once(script, { resources: { limits: { memory: "48Mi" } } }));
    expect(main(body).state.terminated).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
  });

  test("a container that fails is started again, and its former log is kept", async () => {
    const script =
      "if test -e /scratch/was; then echo second; sleep 100; fi; echo > /scratch/was; echo first; exit 1";
    const volumes = [{ name: "scratch", emptyDir: {} }];
    const rest = { volumeMounts: [{ name: "scratch", mountPath: "/scratch" }] };
    const pod = await start("again", once(script, rest, { restartPolicy: "OnFailure", volumes }));
    const body = await cluster.until(pod, (it) => main(it)?.restartCount === 1 && main(it).state.running);
    expect(main(body).lastState.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
    expect(await log(pod, "?previous=true")).toBe("first\n");
  });

  test("readiness follows its probe, and a liveness probe that fails restarts", async () => {
    const volumes = [{ name: "scratch", emptyDir: {} }];
    const probed = {
      volumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
      readinessProbe: { exec: { command: ["cat", "/scratch/ready"] }, periodSeconds: 1, failureThreshold: 1 },
      livenessProbe: {
        exec: { command: ["sh", "-c", "! test -e /scratch/dead"] },
        periodSeconds: 1,
        failureThreshold: 1,
      },
    };
    const script =
      "trap '' TERM; sleep 2; echo > /scratch/ready; sleep 3; rm /scratch/ready; sleep 2; echo > /scratch/dead; sleep 100";
    const pod = await start("probed", once(script, probed, { restartPolicy: "Always", volumes }));
    const isReady = (it: Body) => main(it)?.ready === true;
    await cluster.until(pod, isReady);
    await cluster.until(pod, (it) => !isReady(it));
    const body = await cluster.until(pod, (it) => main(it)?.restartCount > 0);
    expect(main(body).lastState.terminated.exitCode).toBe(137);
    await cluster.send("DELETE", `${pod}?gracePeriodSeconds=0`);
  });

  test("containers before the main one run in turn, sidecars beside it, and end after it", async () => {
    const volumes = [{ name: "scratch", emptyDir: {} }];
    const volumeMounts = [{ name: "scratch", mountPath: "/scratch" }];
    const init = (name: string, script: string, rest: object = {}) => ({
      name,
      image,
      command: ["sh", "-c", script],
      volumeMounts,
      ...rest,
    });
    const spec = once(
      "cat /scratch/log; test -e /scratch/side && echo beside",
      { volumeMounts },
      {
        volumes,
        initContainers: [
          init("one", "sleep 1; echo one >> /scratch/log"),
          init("side", "trap 'exit 0' TERM; echo > /scratch/side; while true; do sleep 0.2; done", {
            restartPolicy: "Always",
            startupProbe: { exec: { command: ["cat", "/scratch/side"] }, periodSeconds: 1 },
          }),
          init("two", "echo two >> /scratch/log"),
        ],
      },
    );
    const { body, text } = await run("in-turn", spec);
    expect(text).toBe("one\ntwo\nbeside\n");
    expect(body.status.phase).toBe("Succeeded");
    expect(body.status.initContainerStatuses.map(({ state }: Body) => state.terminated.reason)).toEqual([
      "Completed",
      "Completed",
      "Completed",
    ]);
  });

  test("a pod is asked to end, has its time, and then is ended", async () => {
    const script =
      "trap 'echo asked; sleep 0.5; echo done; exit 0' TERM; echo up; while true; do sleep 0.1; done";
    const pod = await start("polite", once(script, {}, { terminationGracePeriodSeconds: 20 }));
    await cluster.until(pod, ({ status }) => status?.phase === "Running");
    while ((await log(pod)) !== "up\n") await cluster.send("GET", pod);
    const begun = Date.now();
    await cluster.send("DELETE", pod);
    await cluster.gone(pod);
    expect(Date.now() - begun).toBeLessThan(15_000);
    const deaf = await start("deaf", once("trap '' TERM; echo up; while true; do sleep 0.1; done"));
    await cluster.until(deaf, ({ status }) => status?.phase === "Running");
    await cluster.send("DELETE", `${deaf}?gracePeriodSeconds=1`);
    await cluster.gone(deaf);
  });

  test.each([
    ["no-image", { image: "no-such-image.example.com/none:1" }, /^(?:ErrImagePull|ImagePullBackOff)$/],
    [
      "no-map",
      { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "no-such", key: "a" } } }] },
      /^CreateContainerConfigError$/,
    ],
  ])("a container that cannot start waits and says for what: %s", async (name, rest, reason) => {
    const pod = await start(name, once("true", rest));
    const body = await cluster.until(pod, (it) => reason.test(main(it)?.state.waiting?.reason ?? ""));
    expect(main(body).state.waiting.message.length).toBeGreaterThan(10);
    await cluster.send("DELETE", `${pod}?gracePeriodSeconds=0`);
  });

  test("a log is read by lines, by bytes and with times", async () => {
    const { pod } = await run("talkative", once("for i in 1 2 3 4 5; do echo line $i; done"));
    expect(await log(pod, "?tailLines=2")).toBe("line 4\nline 5\n");
    expect(await log(pod, "?limitBytes=8")).toBe("line 1\nl");
    expect(await log(pod, "?tailLines=0")).toBe("");
    expect(await log(pod, "?tailLines=1&timestamps=true")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z line 5\n$/);
    expect(await log(pod, "?sinceTime=2100-01-01T00:00:00Z")).toBe("");
    expect((await log(pod, "?previous=true")).message).toContain("previous terminated container");
  });
});
