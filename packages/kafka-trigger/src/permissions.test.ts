import { randomBytes } from "node:crypto";
import { crd, functionResource, kafkaTriggerResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  type Condition,
  createClusterClient,
  findCondition,
  type KubernetesObject,
  loadKubeConfig,
  resources,
} from "@kubeless/controller-kit";
import { loadManifests, startGuardedController } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { kafkaKind } from "./kafka-kind.ts";

const { KUBELESS_TEST_KUBECONFIG } = process.env;
const folder = new URL("../manifests/", import.meta.url);
const SOON = { timeout: 30_000 };

describe("the roles in the manifests grant the controller what it asks for, and nothing else", () => {
  it("in all namespaces", async () => {
    const server = await startApiServer();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(server.kubeconfig);
    const files = ["cluster-role.yaml", "role.yaml"];
    const manifests = loadManifests({ folder, files, namespace: "kubeless" });
    await holdRoles({ kubeConfig, namespace: "kubeless", manifests, environment: {} });
    await server.stop();
  }, 120_000);

  it.skipIf(!KUBELESS_TEST_KUBECONFIG)(
    "in one namespace, where a real Kubernetes judges (KUBELESS_TEST_KUBECONFIG)",
    async () => {
      const kubeConfig = loadKubeConfig({ kubeconfig: KUBELESS_TEST_KUBECONFIG });
      const namespace = `kubeless-${randomBytes(3).toString("hex")}`;
      const files = ["service-account.yaml", "namespaced/role.yaml", "role.yaml"];
      const environment = { FUNCTIONS_NAMESPACE: namespace };
      const manifests = loadManifests({ folder, files, namespace });
      await holdRoles({ kubeConfig, namespace, manifests, environment, isEnforced: true });
    },
    180_000,
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
  for (const kind of [functionResource, kafkaTriggerResource])
    await admin.apply(resources.customResourceDefinitions, crd(kind));
  await admin.create(resources.namespaces, { metadata: { name: namespace } });
  const controller = await startGuardedController({
    main: new URL("main.ts", import.meta.url),
    kubeConfig,
    manifests,
    environment: { ...environment, POD_NAME: "first", POD_NAMESPACE: namespace },
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

/** A trigger that an old controller left a finalizer on, whose login is in a Secret, and whose brokers are not there. */
async function makeItDoEverything(client: ClusterClient, namespace: string): Promise<void> {
  const name = { namespace, name: "orders" };
  await client.create({ ...functionResource, namespaced: true }, {
    metadata: { namespace, name: "bill", labels: { function: "bill" } },
    spec: { handler: "a.b", runtime: "nodejs", function: "x" },
  } as never);
  const login = Buffer.from("x").toString("base64");
  await client.create(resources.secrets, {
    metadata: { namespace, name: "login" },
    data: { username: login, password: login },
  } as never);
  await client.create(kafkaKind.resource, {
    metadata: { ...name, finalizers: ["kubeless.io/kafkatrigger"] },
    spec: {
      topic: "orders",
      functionSelector: { matchLabels: { function: "bill" } },
      connection: { brokers: ["127.0.0.1:1"], sasl: { mechanism: "PLAIN", secretName: "login" } },
    },
  } as never);
  const find = () => client.get(kafkaKind.resource, name);
  const connected = async () =>
    findCondition((await find()) as { status?: { conditions?: readonly Condition[] } }, "Connected")?.reason;
  await expect.poll(connected, SOON).toBe("ConnectionFailed");
  await expect.poll(async () => (await find()).metadata.finalizers, SOON).toBeUndefined();
}
