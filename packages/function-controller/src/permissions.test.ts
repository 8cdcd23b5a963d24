import { type KubernetesObject, resources } from "@kubeless/controller-kit";
import { type RoleWork, roleCases } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { describe, expect, it } from "vitest";
import { oldFunction } from "./fixtures/functions.ts";
import { functions } from "./fixtures/test-cluster.ts";

const { KUBELESS_TEST_KUBECONFIG: kubeconfig } = process.env;
const SOON = { timeout: 20_000 };

describe("the manifests of the function controller", () => {
  for (const { name, isSkipped, run } of roleCases({
    main: new URL("main.ts", import.meta.url),
    manifests: new URL("../manifests/", import.meta.url),
    startServer: startApiServer,
    kubeconfig,
    work: makeItDoEverything,
  }))
    it.skipIf(isSkipped)(name, run, 120_000);
});

const AUTOSCALER = {
  metadata: { name: "hello" },
  spec: { scaleTargetRef: { kind: "Deployment", name: "hello" }, minReplicas: 1, maxReplicas: 3 },
};
const CHILDREN = [resources.services, resources.deployments, resources.horizontalPodAutoscalers] as const;

/** One function through all that can happen to it and its children. */
async function makeItDoEverything({ client, namespace }: RoleWork): Promise<void> {
  const name = { namespace, name: "hello" };
  const written = oldFunction({ spec: { replicas: 0, horizontalPodAutoscaler: AUTOSCALER } });
  const metadata = { ...name, finalizers: ["kubeless.io/function"], labels: { function: "hello" } };
  const { uid } = (await client.create(functions, { ...written, metadata } as never)).metadata;
  const find = () => client.find(functions, name);
  await expect.poll(async () => (await find())?.status?.observedGeneration, SOON).toBeGreaterThan(0);
  expect((await find())?.metadata.finalizers).toBeUndefined();

  const revision = { namespace, name: (await find())?.status?.revision ?? "" };
  const changed = { labels: { "kubeless.io/revision": "x" }, annotations: { "kubeless.io/applied": "x" } };
  for (const [resource, child] of [
    [resources.configMaps, revision],
    ...CHILDREN.map((kind) => [kind, name] as const),
  ] as const) {
    await client.patch(resource as never, child, { metadata: changed });
    const isUndone = async () =>
      (await client.find<KubernetesObject>(resource as never, child))?.metadata?.annotations?.[
        "kubeless.io/applied"
      ] !== "x";
    await expect.poll(isUndone, SOON).toBe(true);
  }

  const owner = { apiVersion: "kubeless.io/v1beta1", kind: "Function", name: "hello", uid, controller: true };
  const surplus = {
    namespace,
    name: "surplus",
    labels: { "created-by": "kubeless" },
    ownerReferences: [owner],
  };
  const selector = { matchLabels: { app: "surplus" } };
  const template = {
    metadata: { labels: selector.matchLabels },
    spec: { containers: [{ name: "a", image: "b" }] },
  };
  await client.create(resources.services, { metadata: surplus, spec: { ports: [{ port: 80 }] } });
  await client.create(resources.deployments, {
    metadata: surplus,
    spec: { replicas: 0, selector, template },
  });
  const { horizontalPodAutoscaler } = oldFunction().spec;
  await client.patch(functions, name, { spec: { function: "// other", horizontalPodAutoscaler } });
  for (const [resource, child] of [
    [resources.services, surplus],
    [resources.deployments, surplus],
    [resources.horizontalPodAutoscalers, name],
  ] as const) {
    await expect.poll(() => client.find(resource as never, child), SOON).toBeUndefined();
  }
  // What keeps an old revision is the ReplicaSet that used it.
  await client.patch(functions, name, { spec: { revisionHistoryLimit: 0 } });
  await expect.poll(() => client.find(resources.configMaps, revision), SOON).toBeUndefined();
}
