import { type KubernetesObject, type Live, resources, type Wire } from "@kubeless/controller-kit";
import type { V1Deployment } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testConfig } from "./fixtures/functions.ts";
import { commandLoad, LOAD_FUNCTION, type LoadResult } from "./fixtures/load-function.ts";
import { judge } from "./fixtures/place.ts";
import { functions, openTestCluster, type TestCluster } from "./fixtures/test-cluster.ts";

/** The manager that the API server noted for the controller of Kubeless 1.0.x: the name of its program. */
const OLD_MANAGER = "kubeless-function-controller";
/** Ends as the original runtime does: takes no connection any more, and goes on with those that there are. */
const SERVER = `
const server = require("node:http").createServer((_, response) => response.end("old")).listen(8080);
process.on("SIGTERM", () => require("node:net").Server.prototype.close.call(server, () => process.exit()));
`;
const LABELS = { "created-by": "kubeless", function: "hello" };
const REPLICAS = 2;
const REQUESTS_PER_SECOND = 100;

describe(`children of Kubeless 1.0.8 on ${judge}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster({ config: (image) => testConfig(image, ["14"]), isStarted: false });
  });
  afterAll(() => cluster?.close());

  it("are left alone while the old controller runs, then taken over in place and without a gap, and what it set and we do not goes", async () => {
    const { client, namespace } = cluster;
    const before = await installOldFunction(cluster);
    const oldController = await client.create(
      resources.deployments,
      runningController(namespace, cluster.image),
    );

    await cluster.start();
    await cluster.until("hello", ({ status }) =>
      Boolean(status?.conditions?.some(({ reason }) => reason === "LegacyControllerRunning")),
    );
    const untouched = await client.get(resources.deployments, { namespace, name: "hello" });
    expect(untouched.spec?.template).toEqual(before.spec?.template);

    await cluster.deploy({ name: "load", spec: { function: LOAD_FUNCTION, timeout: "600" } });
    await cluster.ready("load");
    const url = await cluster.addressOf("hello");
    await commandLoad(cluster, { command: "start", url, ratePerSecond: REQUESTS_PER_SECOND });
    await client.delete(resources.deployments, oldController.metadata);
    await cluster.ready("hello");
    const answered = (await commandLoad(cluster, { command: "burst", url, count: 20 })) as string[];
    expect(new Set(answered)).toEqual(new Set(["hello"]));
    const { failures, answers } = (await commandLoad(cluster, { command: "stop" })) as LoadResult;
    expect(failures).toEqual({});
    expect(Object.keys(answers).sort()).toEqual(["hello", "old"]);

    const after = await client.get(resources.deployments, { namespace, name: "hello" });
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec?.selector).toEqual(before.spec?.selector);
    const [container] = after.spec?.template.spec?.containers ?? [];
    expect(container?.command).toBeUndefined();
    expect(container?.env?.map(({ name }) => name)).not.toContain("LEFT_OVER");
    expect(after.spec?.template.metadata?.annotations).not.toHaveProperty("old");

    const service = await client.get(resources.services, { namespace, name: "hello" });
    expect(service.spec?.selector).toEqual(LABELS);
    expect((await client.get(functions, { namespace, name: "hello" })).metadata.finalizers).toBeUndefined();
  }, 120_000);
});

/** A function, and the children that the old controller made for it; the Deployment, once its pods are ready. */
async function installOldFunction(cluster: TestCluster): Promise<Live<Wire<V1Deployment>>> {
  const { client, namespace } = cluster;
  const { metadata } = await cluster.deploy({
    name: "hello",
    labels: { team: "x" },
    spec: { replicas: REPLICAS },
  });
  const finalizers = { metadata: { finalizers: ["kubeless.io/function"] } };
  await client.patch(functions, { namespace, name: "hello" }, finalizers);
  const owner = { apiVersion: "kubeless.io/v1beta1", kind: "Function", name: "hello", uid: metadata.uid };
  const meta = { name: "hello", namespace, labels: LABELS, ownerReferences: [owner] };
  const write = { fieldManager: OLD_MANAGER };
  const source = { metadata: meta, data: { "hello.js": "", handler: "hello.foo" } };
  await client.create(resources.configMaps, source, write);
  await client.create(resources.services, oldService(meta), write);
  const { resourceVersion } = (
    await client.create(resources.deployments, oldDeployment(meta, cluster.image), write)
  ).metadata;
  const fieldSelector = "metadata.name=hello";
  for await (const event of client.watch(resources.deployments, {
    namespace,
    fieldSelector,
    resourceVersion,
  }))
    if (event.type !== "BOOKMARK" && event.object.status?.readyReplicas === REPLICAS) return event.object;
  throw new Error("The old pods did not become ready.");
}

type Meta = KubernetesObject["metadata"] & object;

function oldService(metadata: Meta) {
  const ports = [{ name: "http-function-port", port: 8080, targetPort: 8080, protocol: "TCP" }];
  return { metadata, spec: { ports, selector: { ...LABELS, team: "x" }, type: "ClusterIP" } } as never;
}

/** As the old controller wrote it, but for what its pods do: answer at the port. */
function oldDeployment(metadata: Meta, image: TestCluster["image"]) {
  const selector = { matchLabels: { ...LABELS, team: "x" } };
  const container = {
    name: "hello",
    image: image("runtime-node"),
    command: ["node", "-e", SERVER],
    env: [{ name: "LEFT_OVER", value: "1" }],
    ports: [{ containerPort: 8080 }],
  };
  const template = {
    metadata: { labels: selector.matchLabels, annotations: { old: "annotation" } },
    spec: { containers: [container] },
  };
  return { metadata, spec: { replicas: REPLICAS, selector, template } } as never;
}

function runningController(namespace: string, image: TestCluster["image"]) {
  const labels = { kubeless: "controller" };
  const container = {
    name: "kubeless-function-controller",
    image: image("runtime-node"),
    command: ["sleep", "3600"],
  };
  return {
    metadata: { name: "kubeless-controller-manager", namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  } as never;
}
