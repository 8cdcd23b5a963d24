import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { badObjects } from "./bad-objects.ts";
import { openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

const groups: Readonly<Record<string, string>> = {
  deployments: "apps/v1",
  replicasets: "apps/v1",
  jobs: "batch/v1",
  cronjobs: "batch/v1",
  ingresses: "networking.k8s.io/v1",
  networkpolicies: "networking.k8s.io/v1",
  horizontalpodautoscalers: "autoscaling/v2",
  poddisruptionbudgets: "policy/v1",
  leases: "coordination.k8s.io/v1",
};

describe(`an object of a built-in kind, on ${where}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
    await cluster.until(`/api/v1/namespaces/${cluster.namespace}/serviceaccounts/default`, () => true);
  });
  afterAll(() => cluster.stop());

  const send = (kind: string, body: object) => {
    const group = groups[kind];
    const root = group === undefined ? "/api/v1" : `/apis/${group}`;
    return cluster.send("POST", `${root}/namespaces/${cluster.namespace}/${kind}?dryRun=All`, body);
  };

  test.each(badObjects.filter(([, field]) => field === undefined))(
    "is taken as it should be: %s %s %j",
    async (kind, _field, spec) => {
      const { code, body } = await send(kind, { metadata: { name: "one" }, spec });
      expect({ code, message: body.message }).toEqual({ code: 201, message: undefined });
    },
  );

  test.each(badObjects.filter(([, field]) => field !== undefined))(
    "is refused for what is wrong in it: %s %s %j",
    async (kind, field, spec) => {
      const { code, body } = await send(kind, { metadata: { name: "one" }, spec });
      expect(code).toBe(422);
      expect(body.details.causes.map((cause: { field: string }) => cause.field)).toContain(field);
    },
  );

  test("may have a null in a map of texts, which is an empty text", async () => {
    const { body } = await send("configmaps", { metadata: { name: "one" }, data: { a: null, b: "c" } });
    expect(body.data).toEqual({ a: "", b: "c" });
  });

  test("has amounts that can be read", async () => {
    const resources = { limits: { cpu: "abc" } };
    const spec = { containers: [{ name: "main", image: "main", resources }] };
    const { code, body } = await send("pods", { metadata: { name: "one" }, spec });
    expect({ code, reason: body.reason }).toEqual({ code: 400, reason: "BadRequest" });
    expect(body.message).toContain("quantities must match the regular expression");
  });

  test("is held by finalizers that have a domain", async () => {
    const { code, body } = await send("configmaps", { metadata: { name: "one", finalizers: ["mine"] } });
    expect(code).toBe(422);
    expect(body.details.causes[0].field).toBe("metadata.finalizers[0]");
  });

  test("is a secret of the type it says", async () => {
    const fieldsOf = async (body: object): Promise<string[]> => {
      const answer = await send("secrets", { metadata: { name: "one" }, ...body });
      return answer.code === 201 ? [] : answer.body.details.causes.map((one: { field: string }) => one.field);
    };
    const basic = "kubernetes.io/basic-auth";
    expect(await fieldsOf({ type: basic })).toEqual(["data[username]", "data[password]"]);
    expect(await fieldsOf({ type: basic, stringData: { password: "p" } })).toEqual([]);
    const docker = "kubernetes.io/dockerconfigjson";
    expect(await fieldsOf({ type: docker, stringData: { ".dockerconfigjson": "x" } })).toEqual([
      "data[.dockerconfigjson]",
    ]);
    expect(await fieldsOf({ type: docker, stringData: { ".dockerconfigjson": "{}" } })).toEqual([]);
  });
});
