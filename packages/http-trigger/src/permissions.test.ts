import { randomBytes } from "node:crypto";
import { functionResource, httpTriggerResource } from "@kubeless/api-types";
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
import { crdOf } from "./fixtures/foreign-kinds.ts";
import { functions, gateways, httpRoutes, httpTriggers, kongPlugins, middlewares } from "./kinds.ts";

const { KUBELESS_TEST_KUBECONFIG } = process.env;
const folder = new URL("../manifests/", import.meta.url);
const SOON = { timeout: 20_000 };
const foreignKinds = [middlewares, kongPlugins, httpRoutes, gateways];

describe("the roles in the manifests grant the controller what it asks for, and nothing else", () => {
  it("in all namespaces", async () => {
    const server = await startApiServer();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(server.kubeconfig);
    const manifests = loadManifests({
      folder,
      files: ["cluster-role.yaml", "role.yaml"],
      namespace: "kubeless",
    });
    const admin = createClusterClient({ kubeConfig });
    for (const kind of foreignKinds) await admin.apply(resources.customResourceDefinitions, crdOf(kind));
    await holdRoles(admin, { kubeConfig, namespace: "kubeless", manifests, environment: {} });
    await admin.close();
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
      const admin = createClusterClient({ kubeConfig });
      await holdRoles(admin, { kubeConfig, namespace, manifests, environment, isEnforced: true });
      await admin.close();
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

async function holdRoles(
  admin: ClusterClient,
  { kubeConfig, namespace, manifests, environment, isEnforced }: Trial,
): Promise<void> {
  for (const kind of [functionResource, httpTriggerResource])
    await admin.apply(resources.customResourceDefinitions, kind.crd());
  await admin.create(resources.namespaces, { metadata: { name: namespace } });
  const data = { "functions-namespace": isEnforced ? namespace : "" };
  await admin.create(resources.configMaps, { metadata: { namespace, name: "kubeless-config" }, data });
  const served = await Promise.all(foreignKinds.map((kind) => isServed(admin, kind)));
  const unserved = foreignKinds.filter((_, index) => !served[index]);
  const controller = await startGuardedController({
    main: new URL("main.ts", import.meta.url),
    kubeConfig,
    manifests,
    environment: { ...environment, POD_NAMESPACE: namespace },
    isEnforced,
  });
  // What is missing explains a failure better than the failure does.
  const failure: unknown = await makeItDoEverything(admin, namespace, unserved).catch((error) => error);
  await controller.stop();
  await admin.delete(resources.namespaces, { name: namespace });
  const { missing, unused } = controller;
  // Of a kind that this cluster does not serve, nothing can be made.
  const ofServed = (permission: string) => !unserved.some(({ plural }) => permission.includes(` ${plural}.`));
  expect({ missing: missing(), unused: unused().filter(ofServed), failure }).toEqual({
    missing: [],
    unused: [],
    failure: undefined,
  });
}

async function isServed(client: ClusterClient, { apiVersion, plural }: Resource<object>): Promise<boolean> {
  const name = `${plural}.${apiVersion.split("/")[0]}`;
  return (await client.find(resources.customResourceDefinitions, { name })) !== undefined;
}

interface Case {
  readonly name: string;
  readonly spec: object;
  /** What is made of it. */
  readonly children: readonly (readonly [kind: Resource<object>, name: string])[];
}

const parentRef = { name: "gateway" };
const cases: readonly Case[] = [
  { name: "plain", spec: {}, children: [[resources.ingresses, "plain"]] },
  {
    name: "traefik",
    spec: { gateway: "traefik", "cors-enable": true, "basic-auth-secret": "users" },
    children: [
      [middlewares, "traefik-cors"],
      [middlewares, "traefik-basic-auth"],
      [resources.ingresses, "traefik"],
    ],
  },
  {
    name: "kong",
    spec: { gateway: "kong", "cors-enable": true },
    children: [
      [kongPlugins, "kong-cors"],
      [resources.ingresses, "kong"],
    ],
  },
  { name: "route", spec: { gateway: "gateway-api", parentRef }, children: [[httpRoutes, "route"]] },
];

/** One trigger of each gateway through all that can happen to it and its children. */
async function makeItDoEverything(
  client: ClusterClient,
  namespace: string,
  unserved: readonly Resource<object>[],
): Promise<void> {
  const metadata = { namespace, name: "hello" };
  await client.create(functions, { metadata, spec: { handler: "a.b", runtime: "nodejs" } } as never);
  await client.create(resources.secrets, {
    metadata: { namespace, name: "users" },
    data: { auth: "eA==" },
  } as never);
  for (const { name, spec, children } of cases) {
    if (children.some(([kind]) => unserved.includes(kind))) continue;
    await client.create(httpTriggers, {
      metadata: { namespace, name, finalizers: ["kubeless.io/httptrigger"] },
      spec: { "function-name": "hello", "host-name": `${name}.example.com`, ...spec },
    } as never);
    const find = (kind: Resource<object>, child: string) =>
      client.find<KubernetesObject>(kind as Resource, { namespace, name: child });
    for (const [kind, child] of children) {
      await expect.poll(() => find(kind, child), SOON).toBeDefined();
      const changed = { metadata: { annotations: { "kubeless.io/applied": "x" } } };
      await client.patch(kind as never, { namespace, name: child }, changed as never);
      const applied = async () =>
        (await find(kind, child))?.metadata?.annotations?.["kubeless.io/applied"] ?? "x";
      await expect.poll(applied, SOON).not.toBe("x");
    }
    await client.patch(httpTriggers, { namespace, name }, { spec: { suspend: true } } as never);
    for (const [kind, child] of children) await expect.poll(() => find(kind, child), SOON).toBeUndefined();
    const trigger = async () => client.get(httpTriggers, { namespace, name });
    expect((await trigger()).metadata.finalizers).toBeUndefined();
    await expect.poll(async () => (await trigger()).status?.observedGeneration, SOON).toBe(2);
  }
}
