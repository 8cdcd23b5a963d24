import { crd, functionResource, natsTriggerResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  type Condition,
  createClusterClient,
  findCondition,
  loadKubeConfig,
  resources,
} from "@kubeless/controller-kit";
import { loadManifests, startGuardedController } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { connect } from "nats";
import { describe, expect, test } from "vitest";
import { natsKind } from "./nats-kind.ts";

const { KUBELESS_TEST_KUBECONFIG, NATS_SERVERS } = process.env;
const folder = new URL("../manifests/", import.meta.url);
const functions = { ...functionResource, namespaced: true };

describe.skipIf(NATS_SERVERS === undefined)(
  "the roles in the manifests grant the controller what it asks for, and nothing else (NATS_SERVERS)",
  () => {
    test("in all namespaces", async () => {
      const server = await startApiServer();
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromString(server.kubeconfig);
      await holdRoles(kubeConfig, "kubeless", ["cluster-role.yaml", "role.yaml"], {});
      await server.stop();
    }, 90_000);

    test.skipIf(KUBELESS_TEST_KUBECONFIG === undefined)(
      "in one namespace, where a real Kubernetes judges (KUBELESS_TEST_KUBECONFIG)",
      async () => {
        const kubeConfig = loadKubeConfig({ kubeconfig: KUBELESS_TEST_KUBECONFIG });
        const namespace = `nats-${Math.random().toString(36).slice(2, 8)}`;
        const files = ["service-account.yaml", "namespaced/role.yaml", "role.yaml"];
        await holdRoles(kubeConfig, namespace, files, { FUNCTIONS_NAMESPACE: namespace }, true);
      },
      120_000,
    );
  },
);

async function holdRoles(
  kubeConfig: KubeConfig,
  namespace: string,
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
  isEnforced = false,
): Promise<void> {
  const admin = createClusterClient({ kubeConfig });
  for (const resource of [functionResource, natsTriggerResource])
    await admin.apply(resources.customResourceDefinitions, crd(resource));
  await admin.create(resources.namespaces, { metadata: { name: namespace } });
  const controller = await startGuardedController({
    main: new URL("main.ts", import.meta.url),
    kubeConfig,
    manifests: loadManifests({ folder, files, namespace }),
    environment: {
      ...environment,
      POD_NAMESPACE: namespace,
      POD_NAME: "first",
      NATS_URL: NATS_SERVERS ?? "",
    },
    isEnforced,
  });
  // What is missing explains a failure better than the failure does.
  const failure: unknown = await makeItDoEverything(admin, namespace).catch((error: unknown) => error);
  await controller.stop();
  await admin.delete(resources.namespaces, { name: namespace });
  await admin.close();
  expect({ missing: controller.missing(), unused: controller.unused(), failure }).toEqual({
    missing: [],
    unused: [],
    failure: undefined,
  });
}

/** A trigger that replicas share, with a Secret and an old finalizer, and one that one of them reads. */
async function makeItDoEverything(admin: ClusterClient, namespace: string): Promise<void> {
  const stream = `S${crypto.randomUUID()}`;
  const connection = await connect({ servers: (NATS_SERVERS ?? "").split(",") });
  await (await connection.jetstreamManager()).streams.add({ name: stream, subjects: [stream] });
  await admin.create(functions, {
    apiVersion: functionResource.apiVersion,
    kind: "Function",
    metadata: { name: "hello", namespace, labels: { team: "a" } },
    spec: { runtime: "nodejs", handler: "a.b", function: "x" },
  } as never);
  await admin.apply(resources.endpointSlices, readySlice(namespace));
  await admin.create(resources.secrets, {
    metadata: { namespace, name: "login" },
    stringData: { token: "t" },
  } as never);
  const selector = { functionSelector: { matchLabels: { team: "a" } } };
  const secret = { servers: (NATS_SERVERS ?? "").split(","), secretName: "login" };
  const { apiVersion, kind } = natsTriggerResource;
  const create = (name: string, spec: object) => {
    const metadata = { name, namespace, finalizers: ["kubeless.io/natstrigger"] };
    return admin.create(natsKind.resource, {
      apiVersion,
      kind,
      metadata,
      spec: { ...selector, ...spec },
    } as never);
  };
  await create("shared", { topic: "orders", connection: secret });
  await create("single", { topic: stream, jetStream: { stream } });
  for (const name of ["shared", "single"])
    await expect
      .poll(() => ready(admin, namespace, name), { timeout: 30_000 })
      .toMatchObject({ status: "True" });
  const manager = await connection.jetstreamManager();
  const readers = async () =>
    (await manager.consumers.list(stream).next()).map(({ num_waiting }) => num_waiting);
  await expect.poll(readers, { timeout: 30_000 }).toEqual([1]);
  await connection.close();
}

function readySlice(namespace: string): object {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "hello",
      namespace,
      labels: { "kubernetes.io/service-name": "hello", "created-by": "kubeless" },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: ["192.0.2.1"], conditions: { ready: true } }],
    ports: [{ name: "http-function-port", port: 8080, protocol: "TCP" }],
  };
}

async function ready(admin: ClusterClient, namespace: string, name: string): Promise<Condition | undefined> {
  const trigger = await admin.get(natsKind.resource, { namespace, name });
  return findCondition(trigger as { status?: { conditions?: readonly Condition[] } }, "Ready");
}
