import { type KubernetesObject, resources } from "@kubeless/controller-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testConfig } from "./fixtures/functions.ts";
import { judge } from "./fixtures/place.ts";
import { functions, openTestCluster, type TestCluster } from "./fixtures/test-cluster.ts";

/** The manager that the API server noted for the controller of Kubeless 1.0.x: the name of its program. */
const OLD_MANAGER = "kubeless-function-controller";
const SERVER = "require('http').createServer((_, response) => response.end('old')).listen(8080)";
const LABELS = { "created-by": "kubeless", function: "hello" };

describe(`children of Kubeless 1.0.8 on ${judge}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster({ config: (image) => testConfig(image, ["14"]), isStarted: false });
  });
  afterAll(() => cluster?.close());

  it("are left alone while the old controller runs, then taken over in place, and what it set and we do not goes", async () => {
    const { client, namespace } = cluster;
    const { metadata } = await cluster.deploy({ name: "hello", labels: { team: "x" } });
    await client.patch(
      functions,
      { namespace, name: "hello" },
      { metadata: { finalizers: ["kubeless.io/function"] } },
    );
    const owner = { apiVersion: "kubeless.io/v1beta1", kind: "Function", name: "hello", uid: metadata.uid };
    const meta = { name: "hello", namespace, labels: LABELS, ownerReferences: [owner] };
    const write = { fieldManager: OLD_MANAGER };
    await client.create(
      resources.configMaps,
      { metadata: meta, data: { "hello.js": "", handler: "hello.foo" } },
      write,
    );
    await client.create(resources.services, oldService(meta), write);
    const before = await client.create(resources.deployments, oldDeployment(meta, cluster.image), write);
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

    await client.delete(resources.deployments, oldController.metadata);
    await cluster.ready("hello");
    const after = await client.get(resources.deployments, { namespace, name: "hello" });
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec?.selector).toEqual(before.spec?.selector);
    const [container] = after.spec?.template.spec?.containers ?? [];
    expect(container?.command).toBeUndefined();
    expect(container?.env?.map(({ name }) => name)).not.toContain("LEFT_OVER");
    expect(after.spec?.template.metadata?.annotations).not.toHaveProperty("old");
    expect((await cluster.call("hello")).body).toBe("hello");

    const service = await client.get(resources.services, { namespace, name: "hello" });
    expect(service.spec?.selector).toEqual(LABELS);
    expect((await client.get(functions, { namespace, name: "hello" })).metadata.finalizers).toBeUndefined();
  }, 60_000);
});

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
    spec: { containers: [container], terminationGracePeriodSeconds: 1 },
  };
  return { metadata, spec: { replicas: 1, selector, template } } as never;
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
