import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { kinesisTriggerResource } from "@kubeless/api-types";
import { type ClusterClient, resources } from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { openTriggerCluster, type TriggerCluster } from "@kubeless/trigger-kit/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { connect, endpoint, newStream, put, region } from "./fixtures/streams.ts";
import { serveFunction } from "./fixtures/target.ts";
import { kinesisConfig } from "./kinesis-config.ts";
import { kinesisKind } from "./kinesis-kind.ts";
import { kinesisSource } from "./kinesis-source.ts";

const namespace = "default";
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
      const cluster = await startController();
      const stream = await newStream(kinesis, 2);
      const target = await serveFunction();
      await cluster.deploy("hello", {}, target);
      await createSecret(cluster.client, "keys");
      await create(cluster, "orders", { stream, secret: "keys", startPosition: "trimHorizon" });
      await put(kinesis, stream, 10);
      await target.received(10);
      await expect
        .poll(() => cluster.ready("orders"), SOON)
        .toMatchObject({ status: "True", reason: "Ready" });
      const { status } = await cluster.client.get(kinesisKind.resource, { namespace, name: "orders" });
      expect(status?.bindings).toMatchObject([
        { function: "hello", ready: true, guarantee: "atMostOnce", ordering: "partition" },
      ]);
    });

    test("records wait for a function that is not there, and for one that has no ready pod", async () => {
      const cluster = await startController();
      const stream = await newStream(kinesis);
      await createSecret(cluster.client, "keys");
      await create(cluster, "orders", { stream, secret: "keys", startPosition: "trimHorizon" });
      await put(kinesis, stream, 2);
      await expect.poll(() => cluster.ready("orders"), SOON).toMatchObject({ reason: "FunctionNotFound" });
      await cluster.deploy("hello", {}, undefined);
      await expect.poll(() => cluster.ready("orders"), SOON).toMatchObject({ reason: "FunctionNotReady" });
      const target = await serveFunction();
      await cluster.serve("hello", target);
      await target.received(2);
    });

    test("a trigger that cannot be worked with says why, and one beside it works", async () => {
      const cluster = await startController();
      const stream = await newStream(kinesis);
      const target = await serveFunction();
      await cluster.deploy("hello", {}, target);
      await createSecret(cluster.client, "keys");
      await cluster.client.create(resources.secrets, { metadata: { namespace, name: "empty" } });
      await create(cluster, "missing", { stream: `missing-${crypto.randomUUID()}`, secret: "keys" });
      await create(cluster, "unreachable", { stream, secret: "keys", endpoint: "http://127.0.0.1:1" });
      await create(cluster, "no-secret", { stream, secret: "nowhere" });
      await create(cluster, "no-keys", { stream, secret: "empty" });
      await create(cluster, "good", { stream, secret: "keys", startPosition: "trimHorizon" });
      await put(kinesis, stream, 1);
      await target.received(1);
      for (const [name, reason] of [
        ["missing", "TopicNotFound"],
        ["unreachable", "ConnectionFailed"],
        ["no-secret", "SecretNotFound"],
        ["no-keys", "SecretInvalid"],
      ] as const)
        await expect.poll(() => cluster.ready(name), SOON).toMatchObject({ status: "False", reason });
    });

    test("deletion ends though nothing answers and an old finalizer stands, and the position stays", async () => {
      const cluster = await startController();
      const stream = await newStream(kinesis);
      const target = await serveFunction();
      await cluster.deploy("hello", {}, target);
      await createSecret(cluster.client, "keys");
      const spec = { stream, secret: "keys", startPosition: "trimHorizon" };
      await create(cluster, "orders", spec);
      await put(kinesis, stream, 2);
      await target.received(2);
      await create(cluster, "old", { stream, secret: "keys", endpoint: "http://127.0.0.1:1" }, [
        "kubeless.io/kenisistrigger",
      ]);
      for (const name of ["old", "orders"]) {
        await cluster.client.delete(kinesisKind.resource, { namespace, name });
        await expect
          .poll(() => cluster.client.find(kinesisKind.resource, { namespace, name }), SOON)
          .toBeUndefined();
      }
      await put(kinesis, stream, 1, { first: 2 });
      await create(cluster, "orders", spec);
      await target.received(3);
      expect(target.calls.map(({ text }) => text)).toEqual(["0", "1", "2"]);
    });
  },
);

async function startController(): Promise<TriggerCluster> {
  const cluster = await openTriggerCluster({
    name: "kinesis-trigger",
    kind: kinesisKind,
    source: kinesisSource,
    config: kinesisConfig.parse({ KINESIS_ENDPOINT: endpoint }),
    definition: kinesisTriggerResource.crd(),
    startServer: startApiServer,
  });
  onTestFinished(cluster.close, 60_000);
  return cluster;
}

async function createSecret(client: ClusterClient, name: string): Promise<void> {
  const stringData = { aws_access_key_id: "test", aws_secret_access_key: "test" };
  await client.create(resources.secrets, { metadata: { namespace, name }, stringData });
}

async function create(
  cluster: TriggerCluster,
  name: string,
  spec: object,
  finalizers?: readonly string[],
): Promise<void> {
  await cluster.create(name, { "function-name": "hello", "aws-region": region, ...spec }, finalizers);
}
