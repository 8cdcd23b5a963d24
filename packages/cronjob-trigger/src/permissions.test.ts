import { randomBytes } from "node:crypto";
import { type CronJobTrigger, cronJobTriggerResource, functionResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  type KubernetesObject,
  loadKubeConfig,
  type Resource,
  resources,
} from "@kubeless/controller-kit";
import { loadManifests, startGuardedController } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";

const { KUBELESS_TEST_KUBECONFIG } = process.env;
const folder = new URL("../manifests/", import.meta.url);
const SOON = { timeout: 20_000 };
const functions: Resource = { ...functionResource, namespaced: true };
const triggers: Resource<CronJobTrigger> = { ...cronJobTriggerResource, namespaced: true };

describe("the roles in the manifests grant the controller what it asks for, and nothing else", () => {
  it("in all namespaces", async () => {
    const server = await startApiServer();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(server.kubeconfig);
    const files = ["cluster-role.yaml", "role.yaml"];
    const manifests = loadManifests({ folder, files, namespace: "kubeless" });
    await holdRoles({ kubeConfig, namespace: "kubeless", manifests, environment: {} });
    await server.stop();
  }, 60_000);

  it.skipIf(!KUBELESS_TEST_KUBECONFIG)(
    "in one namespace, where a real Kubernetes judges (KUBELESS_TEST_KUBECONFIG)",
    async () => {
      const kubeConfig = loadKubeConfig({ kubeconfig: KUBELESS_TEST_KUBECONFIG });
      const namespace = `kubeless-${randomBytes(3).toString("hex")}`;
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
  for (const kind of [functionResource, cronJobTriggerResource])
    await admin.apply(resources.customResourceDefinitions, kind.crd());
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

/** One trigger through all that can happen to it and its children. */
async function makeItDoEverything(client: ClusterClient, namespace: string): Promise<void> {
  const name = { namespace, name: "tidy" };
  const spec = { "function-name": "tidy", schedule: "0 0 1 1 *", payload: { days: 30 }, suspend: true };
  await client.create(functions, { metadata: name, spec: { handler: "a.b", runtime: "nodejs" } } as never);
  const metadata = { ...name, finalizers: ["kubeless.io/cronjobtrigger"] };
  const { uid } = (await client.create(triggers, { metadata, spec } as never)).metadata;
  const cronJob = { namespace, name: "trigger-tidy" };
  await expect.poll(() => client.find(resources.cronJobs, cronJob), SOON).toBeDefined();
  const payload = async () =>
    (await client.list(resources.configMaps, { namespace })).items.find(({ metadata: { name: found } }) =>
      found.startsWith("trigger-tidy-payload"),
    );
  const before = { namespace, name: (await payload())?.metadata.name ?? "" };

  const find = async (kind: Resource<object>, child: typeof before) =>
    (await client.find(kind as Resource, child)) as KubernetesObject | undefined;
  for (const [kind, child] of [
    [resources.configMaps, before],
    [resources.cronJobs, cronJob],
  ] as const) {
    const changed = { metadata: { annotations: { "kubeless.io/applied": "x" } } };
    await client.patch(kind as never, child, changed as never);
    const applied = async () =>
      (await find(kind as Resource, child))?.metadata?.annotations?.["kubeless.io/applied"] ?? "x";
    await expect.poll(applied, SOON).not.toBe("x");
  }

  // What an older version named by the function, and a payload that no run needs any more, go.
  const owner = { apiVersion: "kubeless.io/v1beta1", kind: "CronJobTrigger", name: "tidy", uid };
  const old = { namespace, name: "trigger-its-function" };
  const live = await client.get(resources.cronJobs, cronJob);
  await client.create(resources.cronJobs, {
    metadata: { ...old, labels: { "created-by": "kubeless" }, ownerReferences: [owner] },
    spec: live.spec,
  } as never);
  await client.patch(triggers, name, { spec: { payload: { days: 31 } } } as never);
  await expect.poll(() => client.find(resources.cronJobs, old), SOON).toBeUndefined();
  await expect.poll(() => client.find(resources.configMaps, before), SOON).toBeUndefined();
  const trigger = await client.get(triggers, name);
  expect(trigger.metadata.finalizers).toBeUndefined();
  await expect.poll(async () => (await client.get(triggers, name)).status?.observedGeneration, SOON).toBe(2);
}
