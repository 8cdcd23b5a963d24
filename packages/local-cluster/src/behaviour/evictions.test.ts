import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultImages } from "../bin-images.ts";
import { startCluster } from "../start-cluster.ts";
import { type Answer, openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

const labels = { app: "calm" };
const selector = { matchLabels: labels };
/** Takes a moment to be ready, so that a pod that went is missed. */
const container = {
  name: "main",
  image: "debian:bookworm-slim",
  command: ["sleep", "3600"],
  readinessProbe: { exec: { command: ["sleep", "2"] }, timeoutSeconds: 10, periodSeconds: 60 },
};

describe(`a disruption budget on ${where}`, { timeout: 90_000 }, () => {
  let cluster: TestCluster;
  let root: string;
  let budget: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig, () => startCluster({ images: defaultImages() }));
    const { namespace } = cluster;
    root = `/api/v1/namespaces/${namespace}`;
    budget = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/calm`;
    await cluster.until(`${root}/serviceaccounts/default`, () => true);
    const spec = { terminationGracePeriodSeconds: 1, containers: [container] };
    const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    await cluster.send("POST", deployment, {
      metadata: { name: "calm" },
      spec: { replicas: 2, selector, template: { metadata: { labels }, spec } },
    });
    await cluster.send("POST", budget.replace("/calm", ""), {
      metadata: { name: "calm" },
      spec: { selector, maxUnavailable: 1 },
    });
    await cluster.until(`${deployment}/calm`, ({ status }) => status?.readyReplicas === 2);
  }, 90_000);
  afterAll(() => cluster.stop());

  const podNames = async (): Promise<string[]> => {
    const { body } = await cluster.send("GET", `${root}/pods?labelSelector=app%3Dcalm`);
    return body.items
      .filter((pod: Answer["body"]) => pod.metadata.deletionTimestamp === undefined)
      .map((pod: Answer["body"]) => pod.metadata.name);
  };
  const evict = (name: string, query = "") =>
    cluster.send("POST", `${root}/pods/${name}/eviction${query}`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name },
    });

  test("counts its pods, lets as many go as it may, and lets no more go until they are back", async () => {
    const { status } = await cluster.until(budget, (it) => it.status?.disruptionsAllowed === 1);
    expect(status).toMatchObject({
      currentHealthy: 2,
      desiredHealthy: 1,
      disruptionsAllowed: 1,
      expectedPods: 2,
      observedGeneration: 1,
      conditions: [{ type: "DisruptionAllowed", status: "True", reason: "SufficientPods", message: "" }],
    });
    const [first = "", second = ""] = await podNames();
    expect((await evict(first, "?dryRun=All")).code).toBe(201);
    expect((await evict(first)).code).toBe(201);
    const refused = await evict(second);
    expect({ code: refused.code, reason: refused.body.reason }).toEqual({
      code: 429,
      reason: "TooManyRequests",
    });
    expect(refused.body.message).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
    expect(refused.body.details.causes[0].reason).toBe("DisruptionBudget");
    await cluster.gone(`${root}/pods/${first}`);
    await cluster.until(budget, (it) => it.status?.disruptionsAllowed === 1);
    expect((await evict(second)).code).toBe(201);
  });
});
