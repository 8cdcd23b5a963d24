import { expect, test } from "vitest";
import { configMap, secret, startTestNode } from "./node-fixture.ts";
import type { Container, Pod } from "./pod.ts";

const succeeded = (pod: Pod) => pod.status?.phase === "Succeeded";
const shell = (script: string, mounts: Record<string, object>): Container => ({
  name: "main",
  image: "busybox",
  command: ["sh", "-c", script],
  volumeMounts: Object.entries(mounts).map(([mountPath, rest]) => ({ name: "v", mountPath, ...rest })),
});

test("items, modes and binary data of a ConfigMap, and all of a Secret, become files", async () => {
  const node = await startTestNode();
  node.api.create("configmaps", {
    ...configMap("c", { a: "A", b: "B" }),
    binaryData: { raw: Buffer.from([0, 255]).toString("base64") },
  });
  node.api.create("secrets", secret("s", { token: "ünïcode" }));
  node.run("reader", {
    restartPolicy: "Never",
    volumes: [
      {
        name: "v",
        configMap: {
          name: "c",
          items: [
            { key: "b", path: "deep/er", mode: 0o400 },
            { key: "raw", path: "raw" },
          ],
        },
      },
      { name: "s", secret: { secretName: "s", defaultMode: 0o440 } },
    ],
    containers: [
      shell("cat /v/deep/er /s/token; ls /v; stat -L -c %a /v/deep/er /s/token; wc -c < /v/raw", {
        "/v": {},
        "/s": { name: "s" },
      }),
    ],
  });
  await node.until("reader", succeeded);

  expect(await node.log("reader")).toBe("Bünïcodedeep\nraw\n400\n440\n2\n");
});

test("a subPath mounts one file of a volume and does not follow changes", async () => {
  const node = await startTestNode();
  node.api.create("configmaps", configMap("c", { "app.yaml": "one" }));
  node.run("reader", {
    restartPolicy: "Never",
    volumes: [{ name: "v", configMap: { name: "c" } }],
    containers: [
      shell(
        "cat /etc/app.yaml; echo; until [ $(cat /all/app.yaml) = two ]; do sleep 0.01; done; cat /etc/app.yaml",
        {
          "/etc/app.yaml": { subPath: "app.yaml" },
          "/all": {},
        },
      ),
    ],
  });
  await node.until("reader", ({ status }) => status?.phase === "Running");
  await node.firstOutput("reader");
  node.api.update("configmaps", configMap("c", { "app.yaml": "two" }));
  await node.until("reader", succeeded);

  expect(await node.log("reader")).toBe("one\none");
});

test("a projected volume joins ConfigMap, Secret and the pod's own labels, which are followed", async () => {
  const node = await startTestNode();
  node.api.create("configmaps", configMap("c", { a: "A" }));
  node.api.create("secrets", secret("s", { b: "B" }));
  const downwardAPI = { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] };
  const pod = node.run(
    "reader",
    {
      restartPolicy: "Never",
      volumes: [
        {
          name: "v",
          projected: { sources: [{ configMap: { name: "c" } }, { secret: { name: "s" } }, { downwardAPI }] },
        },
      ],
      containers: [
        shell("cat /v/a /v/b; echo; until grep -q new /v/labels; do sleep 0.01; done; cat /v/labels", {
          "/v": {},
        }),
      ],
    },
    { labels: { app: "old" } },
  );
  await node.until("reader", ({ status }) => status?.phase === "Running");
  await node.firstOutput("reader");
  const current = node.api.get<Pod>("pods", "default", "reader") ?? pod;
  node.api.update("pods", { ...current, metadata: { ...current.metadata, labels: { app: "new" } } });
  await node.until("reader", succeeded);

  expect(await node.log("reader")).toBe('AB\napp="new"');
});

test("a volume inside another one is seen there", async () => {
  const node = await startTestNode();
  node.api.create("configmaps", configMap("c", { a: "inner" }));
  node.run("reader", {
    restartPolicy: "Never",
    volumes: [
      { name: "v", emptyDir: {} },
      { name: "inner", configMap: { name: "c" } },
    ],
    containers: [shell("cd /work && cat sub/a", { "/work": {}, "/work/sub": { name: "inner" } })],
  });
  await node.until("reader", succeeded);

  expect(await node.log("reader")).toBe("inner");
});

test("a kind of volume that cannot be had here is said, with what can", async () => {
  const node = await startTestNode();
  node.run("reader", {
    volumes: [{ name: "v", persistentVolumeClaim: { claimName: "disk" } }],
    containers: [shell("true", { "/v": {} })],
  });
  const message = await new Promise<string>((resolve) => {
    node.api.watch<{ reason: string; message: string }>("events", ({ object }) => {
      if (object.reason === "FailedMount") resolve(object.message);
    });
  });

  expect(message).toBe(
    'MountVolume.SetUp failed for volume "v" : volumes of kind "persistentVolumeClaim" are not supported by the local cluster; use configMap, secret, projected, downwardAPI, emptyDir or hostPath',
  );
});

test("the stock client finds the API server from inside a pod, as the pod's service account", async () => {
  const node = await startTestNode();
  const client = import.meta.resolve("@kubernetes/client-node");
  const source = `
    import { AuthenticationV1Api, CoreV1Api, KubeConfig } from ${JSON.stringify(client)};
    const config = new KubeConfig();
    config.loadFromCluster();
    const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: "default" });
    const review = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    console.log(items[0].metadata.name, review.status.userInfo.username);
  `;
  node.run("inside", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "node", args: ["--input-type=module", "-e", source] }],
  });
  await node.until("inside", ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed");

  expect(await node.log("inside")).toBe("inside system:serviceaccount:default:default\n");
});
