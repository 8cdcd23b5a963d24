import { functionResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  type KubernetesObject,
  loadKubeConfig,
  resources,
} from "@kubeless/controller-kit";
import { loadManifests, startGuardedController } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { oldFunction } from "./fixtures/functions.ts";
import { functions } from "./fixtures/test-cluster.ts";

const { KUBELESS_TEST_KUBECONFIG } = process.env;
const folder = new URL("../manifests/", import.meta.url);
const SOON = { timeout: 20_000 };

describe("the roles in the manifests grant the controller what it asks for, and nothing else", () => {
  it("in all namespaces", async () => {
    const server = await startApiServer();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(server.kubeconfig);
    const files = ["cluster-role.yaml", "role.yaml"];
    const manifests = loadManifests({ folder, files, namespace: "kubeless" });
    // The configuration's place is looked up in the CRD.
    await holdRoles({ kubeConfig, namespace: "kubeless", manifests, environment: {} });
    await server.stop();
  }, 60_000);

  it.skipIf(!KUBELESS_TEST_KUBECONFIG)(
    "in one namespace, where a real Kubernetes judges (KUBELESS_TEST_KUBECONFIG)",
    async () => {
      const kubeConfig = loadKubeConfig({ kubeconfig: KUBELESS_TEST_KUBECONFIG });
      const namespace = `kubeless-${Math.random().toString(36).slice(2, 8)}`;
      const files = ["service-account.yaml", "namespaced/role.yaml", "role.yaml"];
      const environment = { KUBELESS_NAMESPACE: namespace, KUBELESS_CONFIG: "kubeless-config" };
      const manifests = loadManifests({ folder, files, namespace });
      await holdRoles({ kubeConfig, namespace, manifests, environment, isEnforced: true });
    },
    120_000,
  );
});

interface Trial {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  readonly manifests: readonly KubernetesObject[];
  readonly environment: Readonly<Record<string, string>>;
  /** The API server knows about permissions itself. */
  readonly isEnforced?: boolean;
}

async function holdRoles({
  kubeConfig,
  namespace,
  manifests,
  environment,
  isEnforced,
}: Trial): Promise<void> {
  const admin = createClusterClient({ kubeConfig });
  if (
    (await admin.find(resources.customResourceDefinitions, { name: "functions.kubeless.io" })) === undefined
  )
    await admin.apply(resources.customResourceDefinitions, functionResource.crd());
  await admin.create(resources.namespaces, { metadata: { name: namespace } });
  const data = { "functions-namespace": isEnforced ? namespace : "" };
  await admin.create(resources.configMaps, { metadata: { namespace, name: "kubeless-config" }, data });
  const controller = await startGuardedController({
    main: new URL("main.ts", import.meta.url),
    kubeConfig,
    manifests,
    environment: { ...environment, POD_NAMESPACE: namespace },
    isEnforced,
  });
  // What is missing explains a failure better than the failure does.
  const failure: unknown = await makeItDoEverything(admin, namespace).catch((error: unknown) => error);
  await controller.stop();
  await admin.delete(resources.namespaces, { name: namespace });
  await admin.close();
  const { missing, unused } = controller;
  expect({ missing: missing(), unused: unused(), failure }).toEqual({
    missing: [],
    unused: [],
    failure: undefined,
  });
}

const AUTOSCALER = {
  metadata: { name: "hello" },
  spec: { scaleTargetRef: { kind: "Deployment", name: "hello" }, minReplicas: 1, maxReplicas: 3 },
};
const CHILDREN = [resources.services, resources.deployments, resources.horizontalPodAutoscalers] as const;

/** One function through all that can happen to it and its children. */
async function makeItDoEverything(client: ClusterClient, namespace: string): Promise<void> {
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
