import { FIELD_MANAGER, kafkaTriggerResource } from "@kubeless/api-types";
import { type ClusterClient, createClusterClient, resources, silentLogger } from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createReplicaPods } from "./replica-pods.ts";
import { createStatusWriter } from "./status-writer.ts";
import type { LiveTrigger, TriggerSpec } from "./trigger-kind.ts";

const namespace = "default";
const { apiVersion, kind } = kafkaTriggerResource;
const resource = { ...kafkaTriggerResource, namespaced: true };
const lookMs = 50;

describe("what replicas say in a trigger's status", () => {
  let client: ClusterClient;
  let server: Awaited<ReturnType<typeof startApiServer>>;
  beforeAll(async () => {
    server = await startApiServer();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(server.kubeconfig);
    client = createClusterClient({ kubeConfig });
    await client.apply(resources.customResourceDefinitions, kafkaTriggerResource.crd());
    for (const name of ["here", "living"]) await createPod(name);
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  async function createPod(name: string) {
    const spec = { containers: [{ name: "main", image: "node" }] };
    await client.create(resources.pods, { metadata: { namespace, name }, spec } as never);
  }

  /** A trigger of which these have said something, and a replica that now writes its status. */
  async function startWriter(name: string, identity: string, others: readonly string[]) {
    const spec = { topic: "orders", functionSelector: { matchLabels: { function: "hello" } } };
    await client.create(resource, { apiVersion, kind, metadata: { namespace, name }, spec } as never);
    for (const pod of others) {
      const status = { replicas: [{ pod, connected: true }] };
      const options = { subresource: "status", fieldManager: `${FIELD_MANAGER}-${pod}` } as const;
      await client.apply(resource, { apiVersion, kind, metadata: { namespace, name }, status }, options);
    }
    let object: LiveTrigger<TriggerSpec> | undefined;
    const pods = async () => {
      object = (await client.get(resource, { namespace, name })) as unknown as LiveTrigger<TriggerSpec>;
      return ((object.status?.replicas ?? []) as { pod: string }[]).map(({ pod }) => pod).toSorted();
    };
    await pods();
    const writer = createStatusWriter({
      resource: resource as never,
      client,
      identity,
      pods: createReplicaPods({ client, namespace, identity, lookMs: 0, logger: silentLogger }),
      lookMs,
      logger: silentLogger,
      read: () => object && { object, planned: planOf(object), bindings: [] },
    });
    onTestFinished(() => writer.stop());
    writer.start();
    writer.changed(`${namespace}/${name}`);
    return pods;
  }

  test("goes with a replica that was killed, when its pod is gone; that of one that lives stays", async () => {
    const pods = await startWriter("killed", "here", ["killed", "living"]);
    await expect.poll(pods).toEqual(["here", "living"]);
  });

  test("goes though nothing else happens to the trigger", async () => {
    await createPod("other");
    const pods = await startWriter("quiet", "here", ["other"]);
    await expect.poll(pods).toEqual(["here", "other"]);
    await client.delete(resources.pods, { namespace, name: "other" });
    await expect.poll(pods, { timeout: 10_000 }).toEqual(["here"]);
  });

  test("stays where the replicas are no pods", async () => {
    const pods = await startWriter("processes", "a-process", ["another"]);
    await expect.poll(pods).toEqual(["a-process", "another"]);
  });
});

function planOf(object: object) {
  const parsed = kafkaTriggerResource.parse(object);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return {
    spec: parsed.value.spec,
    capabilities: {
      guarantees: ["atMostOnce" as const],
      orderings: ["none" as const],
      backPressure: "pause" as const,
      work: "shared" as const,
    },
    filter: undefined,
  };
}
