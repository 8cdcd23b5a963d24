import { functionResource, httpTriggerResource } from "@kubeless/api-types";
import {
  createClusterClient,
  createProjectionManager,
  type Resource,
  resources,
} from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { expect, onTestFinished, test } from "vitest";
import { createHttpProjection } from "./http-projection.ts";

const functions: Resource = { ...functionResource, namespaced: true };
const triggers: Resource = { ...httpTriggerResource, namespaced: true };
const child = { namespace: "default", name: "hello" };

test("a hand's change of the Ingress comes back, and a second start writes nothing", async () => {
  const server = await startApiServer();
  onTestFinished(() => server.stop());
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  onTestFinished(() => client.close());
  for (const kind of [functionResource, httpTriggerResource])
    await client.apply(resources.customResourceDefinitions, kind.crd());
  const metadata = { namespace: "default", name: "hello" };
  await client.create(functions, { metadata, spec: { handler: "a.b", runtime: "nodejs" } } as never);
  const annotations = { "example.com/note": "ours" };
  await client.create(triggers, {
    metadata: { ...metadata, annotations },
    spec: { "function-name": "hello", "host-name": "hello.example.com", gateway: "nginx" },
  } as never);
  const start = async () => {
    const projections = [createHttpProjection({ namespace: "kubeless", now: () => new Date() })];
    const manager = createProjectionManager({
      name: "steady",
      identity: "test",
      client,
      projections,
      namespace: "default",
    });
    await manager.start();
    return manager;
  };
  const noteOf = async () =>
    (await client.find(resources.ingresses, child))?.metadata.annotations?.["example.com/note"];
  const versions = async () =>
    [await client.get(triggers, metadata), await client.get(resources.ingresses, child)].map(
      (one) => one.metadata.resourceVersion,
    );

  const first = await start();
  await expect.poll(noteOf).toBe("ours");
  const theirs = { metadata: { annotations: { "example.com/note": "theirs" } } };
  await client.patch(resources.ingresses, child, theirs as never);
  await expect.poll(noteOf).toBe("ours");
  await first.idle();
  await first.stop();

  const before = await versions();
  const second = await start();
  await second.idle();
  expect(await versions()).toEqual(before);
  await second.stop();
});
