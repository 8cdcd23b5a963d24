import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

describe(`a strategic merge patch on ${where}`, () => {
  let cluster: TestCluster;
  let path: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
    const deployments = `/apis/apps/v1/namespaces/${cluster.namespace}/deployments`;
    path = `${deployments}/web?dryRun=All`;
    const labels = { app: "web" };
    const containers = ["one", "two"].map((name) => ({
      name,
      image: name,
      env: ["A", "B"].map((name) => ({ name, value: name })),
    }));
    const { code } = await cluster.send("POST", deployments, {
      metadata: { name: "web" },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxSurge: 1 } },
        template: { metadata: { labels }, spec: { containers } },
      },
    });
    expect(code).toBe(201);
  });
  afterAll(() => cluster.stop());

  const patch = (spec: object) =>
    cluster.send("PATCH", path, { spec }, { "content-type": "application/strategic-merge-patch+json" });
  const ofContainers = (containers: object[], rest: object = {}) =>
    patch({ template: { spec: { containers, ...rest } } });
  /** Each container with the names of its variables. */
  const shown = async (answer: ReturnType<typeof patch>): Promise<string[]> => {
    const { body } = await answer;
    return body.spec.template.spec.containers.map(
      ({ name, env = [] }: { name: string; env?: { name: string }[] }) =>
        `${name} ${env.map((one) => one.name).join("")}`,
    );
  };

  test("takes an item out by its key, and out of a list in an item", async () => {
    expect(await shown(ofContainers([{ $patch: "delete", name: "one" }]))).toEqual(["two AB"]);
    const env = [{ $patch: "delete", name: "A" }];
    expect(await shown(ofContainers([{ name: "two", env }]))).toEqual(["one AB", "two B"]);
    expect(await shown(ofContainers([{ $patch: "delete", name: "nothing" }]))).toEqual(["one AB", "two AB"]);
  });

  test("puts new items first, and replaces a list as a whole", async () => {
    expect(await shown(ofContainers([{ name: "three", image: "three" }]))).toHaveLength(3);
    const order = { "$setElementOrder/containers": [{ name: "two" }, { name: "one" }] };
    expect(await shown(ofContainers([{ name: "two" }], order))).toEqual(["two AB", "one AB"]);
    const whole = [{ $patch: "replace" }, { name: "only", image: "only" }];
    expect(await shown(ofContainers(whole))).toEqual(["only "]);
  });

  test("keeps only the fields it says, and must name those that it sets", async () => {
    const { body } = await patch({ strategy: { $retainKeys: ["type"], type: "Recreate" } });
    expect(body.spec.strategy).toEqual({ type: "Recreate" });
    const refused = await patch({ strategy: { $retainKeys: ["rollingUpdate"], type: "Recreate" } });
    expect({ code: refused.code, message: refused.body.message }).toEqual({
      code: 400,
      message: "invalid patch format of retainKeys",
    });
  });

  test("that knows another way is refused", async () => {
    const { code, body } = await ofContainers([{ $patch: "bogus", name: "one" }]);
    expect(code).toBeGreaterThanOrEqual(400);
    expect(body.message).toContain("bogus");
  });

  test("must name the key of each item", async () => {
    const { code, body } = await ofContainers([{ image: "three" }]);
    expect(code).toBeGreaterThanOrEqual(400);
    expect(body.message).toContain("does not contain declared merge key: name");
  });
});
