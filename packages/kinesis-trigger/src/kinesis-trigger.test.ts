import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { crd, functionResource, kinesisTriggerResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  type Condition,
  createClusterClient,
  findCondition,
  type KubernetesObject,
  resources,
  silentLogger,
} from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { createTriggerManager } from "@kubeless/trigger-kit";
import type { ServedFunction } from "@kubeless/trigger-kit/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { connect, endpoint, newStream, put, region } from "./fixtures/streams.ts";
import { serveFunction } from "./fixtures/target.ts";
import { kinesisConfig } from "./kinesis-config.ts";
import { kinesisKind } from "./kinesis-kind.ts";
import { kinesisSource } from "./kinesis-source.ts";

const namespace = "default";
const functions = { ...functionResource, namespaced: true };
const SOON = { timeout: 20_000 };

describe.skipIf(endpoint === undefined)(
  "KinesisTriggers in a cluster (KINESIS_ENDPOINT)",
  { timeout: 60_000 },
  () => {
    let kinesis: KinesisClient;

    beforeAll(() => {
      kinesis = connect();
    });
    afterAll(() => kinesis.destroy());

    test("a trigger calls its function with the keys in its Secret, and says how it fares", async () => {
      const client = await startController();
      const stream = await newStream(kinesis, 2);
      const target = await serveFunction();
      await deploy(client, "hello", target);
      await createSecret(client, "keys");
      await create(client, "orders", { stream, secret: "keys", startPosition: "trimHorizon" });
      await put(kinesis, stream, 10);
      await target.received(10);
      await expect
        .poll(() => ready(client, "orders"), SOON)
        .toMatchObject({ status: "True", reason: "Ready" });
      const { status } = await client.get(kinesisKind.resource, { namespace, name: "orders" });
      expect(status?.bindings).toMatchObject([
        { function: "hello", ready: true, guarantee: "atMostOnce", ordering: "partition" },
      ]);
    });

    test("records wait for a function that is not there, and for one that has no ready pod", async () => {
      const client = await startController();
      const stream = await newStream(kinesis);
      await createSecret(client, "keys");
      await create(client, "orders", { stream, secret: "keys", startPosition: "trimHorizon" });
      await put(kinesis, stream, 2);
      await expect.poll(() => ready(client, "orders"), SOON).toMatchObject({ reason: "FunctionNotFound" });
      await deploy(client, "hello", undefined);
      await expect.poll(() => ready(client, "orders"), SOON).toMatchObject({ reason: "FunctionNotReady" });
      const target = await serveFunction();
      await client.apply(resources.endpointSlices, endpointSlice("hello", target));
      await target.received(2);
    });

    test("a trigger that cannot be worked with says why, and one beside it works", async () => {
      const client = await startController();
      const stream = await newStream(kinesis);
      const target = await serveFunction();
      await deploy(client, "hello", target);
      await createSecret(client, "keys");
      await client.create(resources.secrets, { metadata: { namespace, name: "empty" } });
      await create(client, "missing", { stream: `missing-${crypto.randomUUID()}`, secret: "keys" });
      await create(client, "unreachable", { stream, secret: "keys", endpoint: "http://127.0.0.1:1" });
      await create(client, "no-secret", { stream, secret: "nowhere" });
      await create(client, "no-keys", { stream, secret: "empty" });
      await create(client, "good", { stream, secret: "keys", startPosition: "trimHorizon" });
      await put(kinesis, stream, 1);
      await target.received(1);
      for (const [name, reason] of [
        ["missing", "TopicNotFound"],
        ["unreachable", "ConnectionFailed"],
        ["no-secret", "SecretNotFound"],
        ["no-keys", "SecretInvalid"],
      ] as const)
        await expect.poll(() => ready(client, name), SOON).toMatchObject({ status: "False", reason });
    });

    test("deletion ends though nothing answers and an old finalizer stands, and the position stays", async () => {
      const client = await startController();
      const stream = await newStream(kinesis);
      const target = await serveFunction();
      await deploy(client, "hello", target);
      await createSecret(client, "keys");
      const spec = { stream, secret: "keys", startPosition: "trimHorizon" };
      await create(client, "orders", spec);
      await put(kinesis, stream, 2);
      await target.received(2);
      await create(client, "old", { stream, secret: "keys", endpoint: "http://127.0.0.1:1" }, [
        "kubeless.io/kenisistrigger",
      ]);
      for (const name of ["old", "orders"]) {
        await client.delete(kinesisKind.resource, { namespace, name });
        await expect.poll(() => client.find(kinesisKind.resource, { namespace, name }), SOON).toBeUndefined();
      }
      await put(kinesis, stream, 1, { first: 2 });
      await create(client, "orders", spec);
      await target.received(3);
      expect(target.calls.map(({ text }) => text)).toEqual(["0", "1", "2"]);
    });
  },
);

async function startController(): Promise<ClusterClient> {
  const server = await startApiServer();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  for (const resource of [functionResource, kinesisTriggerResource])
    await client.apply(resources.customResourceDefinitions, crd(resource));
  const manager = createTriggerManager({
    name: "kinesis-trigger",
    identity: "test",
    kind: kinesisKind,
    source: kinesisSource,
    config: kinesisConfig.parse({ KINESIS_ENDPOINT: endpoint }),
    client,
    logger: silentLogger,
  });
  await manager.start();
  onTestFinished(async () => {
    await manager.stop();
    await client.close();
    await server.stop();
  }, 60_000);
  return client;
}

async function deploy(
  client: ClusterClient,
  name: string,
  target: ServedFunction | undefined,
): Promise<void> {
  const object = {
    apiVersion: functionResource.apiVersion,
    kind: "Function",
    metadata: { name, namespace },
    spec: { runtime: "nodejs", handler: "a.b", function: "x" },
  };
  await client.create(functions, object as never);
  if (target !== undefined) await client.apply(resources.endpointSlices, endpointSlice(name, target));
}

function endpointSlice(name: string, { endpoint: { host, port } }: ServedFunction): KubernetesObject {
  const labels = { "kubernetes.io/service-name": name, "created-by": "kubeless" };
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace, labels },
    addressType: "IPv4",
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
    ports: [{ name: "http-function-port", port, protocol: "TCP" }],
  } as KubernetesObject;
}

async function createSecret(client: ClusterClient, name: string): Promise<void> {
  const stringData = { aws_access_key_id: "test", aws_secret_access_key: "test" };
  await client.create(resources.secrets, { metadata: { namespace, name }, stringData });
}

async function create(
  client: ClusterClient,
  name: string,
  spec: object,
  finalizers: readonly string[] = [],
): Promise<void> {
  const { apiVersion, kind } = kinesisTriggerResource;
  await client.create(kinesisKind.resource, {
    apiVersion,
    kind,
    metadata: { name, namespace, finalizers },
    spec: { "function-name": "hello", "aws-region": region, ...spec },
  } as never);
}

async function ready(client: ClusterClient, name: string): Promise<Condition | undefined> {
  const trigger = await client.get(kinesisKind.resource, { namespace, name });
  return findCondition(trigger as { status?: { conditions?: readonly Condition[] } }, "Ready");
}
