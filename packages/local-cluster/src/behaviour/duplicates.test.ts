import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

describe(`a list that holds a key twice, on ${where}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
  });
  afterAll(() => cluster.stop());

  const deployment = (container: object, spec: object = {}) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "twice", finalizers: ["example.com/a", "example.com/a"] },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: "twice" } },
      template: {
        metadata: { labels: { app: "twice" } },
        spec: { containers: [{ name: "main", image: "main", ...container }], ...spec },
      },
    },
  });
  const send = (body: object, query = "?dryRun=All") =>
    cluster.send("POST", `/apis/apps/v1/namespaces/${cluster.namespace}/deployments${query}`, body);
  const container = "spec.template.spec.containers[0]";

  test.each([
    ["variables", { env: ["1", "2"].map((value) => ({ name: "A", value })) }, {}],
    ["container ports", { ports: [{ containerPort: 80 }, { containerPort: 80 }] }, {}],
    ["pull secrets", {}, { imagePullSecrets: [{ name: "a" }, { name: "a" }] }],
    ["host aliases", {}, { hostAliases: ["a", "b"].map((name) => ({ ip: "192.0.2.1", hostnames: [name] })) }],
  ])("is taken where upstream takes it: %s", async (_what, own, spec) => {
    expect((await send(deployment(own, spec))).code).toBe(201);
  });

  test.each([
    [
      `${container}.ports[1].name`,
      "Duplicate value",
      { ports: [80, 81].map((containerPort) => ({ containerPort, name: "a" })) },
      {},
    ],
    [
      `${container}.volumeMounts[1].mountPath`,
      "must be unique",
      { volumeMounts: [1, 2].map(() => ({ name: "v", mountPath: "/v" })) },
      { volumes: [{ name: "v", emptyDir: {} }] },
    ],
    [
      "spec.template.spec.volumes[1].name",
      "Duplicate value",
      {},
      { volumes: [1, 2].map(() => ({ name: "v", emptyDir: {} })) },
    ],
    [
      "spec.template.spec.initContainers[1].name",
      "Duplicate value",
      {},
      { initContainers: [1, 2].map(() => ({ name: "first", image: "main" })) },
    ],
  ])("is refused where upstream refuses it: %s: %s", async (field, words, own, spec) => {
    const { code, body } = await send(deployment(own, spec));
    expect(code).toBe(422);
    expect(body.details.causes.map((one: { field: string; message: string }) => one)).toContainEqual(
      expect.objectContaining({ field, message: expect.stringContaining(words) }),
    );
  });

  test("can be changed by whoever keeps it, and is refused in server-side apply", async () => {
    const twice = { env: ["1", "2"].map((value) => ({ name: "A", value })) };
    const path = `/apis/apps/v1/namespaces/${cluster.namespace}/deployments/twice`;
    const { metadata: _, ...rest } = deployment(twice);
    const object = { ...rest, metadata: { name: "twice" } };
    expect((await send(object, "")).code).toBe(201);
    const patched = await cluster.send("PATCH", path, { spec: { paused: true } });
    expect(patched.body.spec.template.spec.containers[0].env).toEqual(twice.env);
    const type = { "content-type": "application/apply-patch+yaml" };
    const applied = await cluster.send("PATCH", `${path}?fieldManager=other`, object, type);
    expect(applied.code).toBe(500);
    expect(applied.body.message).toMatch(
      /^failed to create typed patch object .*env: duplicate entries for key \[.*A.*\]$/,
    );
    const own = { apiVersion: "apps/v1", kind: "Deployment", spec: { replicas: 0, paused: false } };
    const forced = await cluster.send("PATCH", `${path}?fieldManager=other&force=true`, own, type);
    expect(forced.body.spec.template.spec.containers[0].env).toEqual(twice.env);
  });
});
