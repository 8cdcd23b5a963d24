import {
  type KinesisClient,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import { resources } from "@kubeless/controller-kit";
import { sourceCases } from "@kubeless/trigger-kit/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeAggregate } from "./aggregated-record.ts";
import { type Cluster, startCluster } from "./fixtures/cluster.ts";
import { kinesisUnderTest } from "./fixtures/kinesis-under-test.ts";
import { startReplica } from "./fixtures/replica.ts";
import { connect, endpoint, newStream, put, shardIds, untilActive } from "./fixtures/streams.ts";
import { serveFunction } from "./fixtures/target.ts";

const newTrigger = () => `orders-${crypto.randomUUID().slice(0, 8)}`;

describe.skipIf(endpoint === undefined)("as every event source (KINESIS_ENDPOINT)", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  for (const { name, run } of sourceCases(kinesisUnderTest(() => cluster))) test(name, run, 90_000);
});

describe.skipIf(endpoint === undefined)("a Kinesis stream (KINESIS_ENDPOINT)", { timeout: 60_000 }, () => {
  let kinesis: KinesisClient;
  let cluster: Cluster;

  beforeAll(async () => {
    kinesis = connect();
    cluster = await startCluster();
  });
  afterAll(async () => {
    kinesis.destroy();
    await cluster.stop();
  });

  test.each(["atMostOnce", "atLeastOnce"] as const)(
    "%s: every record of every shard reaches the function, once, in the order of its shard",
    async (guarantee) => {
      const stream = await newStream(kinesis, 3);
      const target = await serveFunction();
      const spec = { stream, startPosition: "trimHorizon", delivery: { guarantee } };
      await put(kinesis, stream, 90);
      startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
      await target.received(90);
      expect(new Set(target.calls.map(({ id }) => id)).size).toBe(90);
      const byShard = Map.groupBy(target.calls, ({ id }) => id.split(":")[0]);
      expect(byShard.size).toBe(3);
      for (const calls of byShard.values()) {
        const bodies = calls.map(({ text }) => Number(text));
        expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
      }
    },
  );

  test("tells key, shard and sequence, and sends the bytes as they are", async () => {
    const stream = await newStream(kinesis);
    const target = await serveFunction();
    startReplica({
      client: cluster.client,
      trigger: newTrigger(),
      spec: { stream, startPosition: "trimHorizon" },
      target,
    });
    const Data = Buffer.from([0, 255, 1, 254]);
    const { SequenceNumber = "" } = await kinesis.send(
      new PutRecordCommand({ StreamName: stream, Data, PartitionKey: "kéy" }),
    );
    await target.received(1);
    expect(target.calls[0]).toMatchObject({
      body: Data,
      headers: {
        "event-id": `shardId-000000000000:${SequenceNumber}`,
        "event-namespace": "kinesistriggers.kubeless.io",
        "ce-type": "io.kubeless.kinesis.record",
        "ce-stream": stream,
        "ce-shard": "shardId-000000000000",
        "ce-sequence": SequenceNumber,
        "ce-key": "k%C3%A9y",
      },
    });
  });

  test("latest begins with what is sent after the binding is open, trimHorizon with what is there", async () => {
    const stream = await newStream(kinesis, 2);
    await put(kinesis, stream, 4);
    const late = await serveFunction();
    const replica = startReplica({
      client: cluster.client,
      trigger: newTrigger(),
      spec: { stream },
      target: late,
    });
    await replica.connected;
    const early = await serveFunction();
    const spec = { stream, startPosition: "trimHorizon" };
    startReplica({ client: cluster.client, trigger: newTrigger(), spec, target: early });
    await put(kinesis, stream, 4, { first: 10 });
    await Promise.all([late.received(4), early.received(8)]);
    expect(late.calls.map(({ text }) => Number(text)).toSorted()).toEqual([10, 11, 12, 13]);
  });

  test("latest is fixed when the trigger is first ready: what is sent while it is closed is not missed", async () => {
    const stream = await newStream(kinesis);
    const trigger = newTrigger();
    const idle = await serveFunction();
    const first = startReplica({ client: cluster.client, trigger, spec: { stream }, target: idle });
    await first.connected;
    await first.close();
    await put(kinesis, stream, 3);
    const target = await serveFunction();
    startReplica({ client: cluster.client, trigger, spec: { stream }, target });
    await target.received(3);
    expect(target.calls.map(({ text }) => text)).toEqual(["0", "1", "2"]);
  });

  test("a time begins with the first record from then on", async () => {
    const stream = await newStream(kinesis);
    await put(kinesis, stream, 2);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const time = new Date().toISOString();
    await put(kinesis, stream, 2, { first: 2 });
    const target = await serveFunction();
    const spec = { stream, startPosition: time };
    startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
    await target.received(2);
    expect(target.calls.map(({ text }) => text)).toEqual(["2", "3"]);
  });

  test.each(["atMostOnce", "atLeastOnce"] as const)(
    "%s: a binding that is opened again goes on where it stopped",
    async (guarantee) => {
      const stream = await newStream(kinesis, 2);
      const spec = { stream, startPosition: "trimHorizon", delivery: { guarantee } };
      const trigger = newTrigger();
      const first = await serveFunction();
      const replica = startReplica({ client: cluster.client, trigger, spec, target: first });
      await put(kinesis, stream, 10);
      await first.received(10);
      await replica.close();
      await put(kinesis, stream, 10, { first: 10 });
      const second = await serveFunction();
      startReplica({ client: cluster.client, trigger, spec, target: second });
      await second.received(10);
      expect(second.calls.map(({ text }) => Number(text)).toSorted()).toEqual(
        Array.from({ length: 10 }, (_, index) => index + 10).toSorted(),
      );
    },
  );

  test("records that a producer aggregated are events of their own, and done one by one", async () => {
    const stream = await newStream(kinesis);
    const trigger = newTrigger();
    const packed = aggregate(["a", "b", "bad", "d"]);
    await kinesis.send(new PutRecordCommand({ StreamName: stream, Data: packed, PartitionKey: "any" }));
    let isMended = false;
    const target = await serveFunction((body) => (body === "bad" && !isMended ? 500 : 200));
    const delivery = {
      guarantee: "atLeastOnce",
      retry: { maxAttempts: 100, minBackoffMs: 10, maxBackoffMs: 10 },
    };
    const spec = { stream, startPosition: "trimHorizon", delivery };
    const first = startReplica({ client: cluster.client, trigger, spec, target });
    await target.received(5);
    await first.close();
    const before = target.calls.length;
    isMended = true;
    startReplica({ client: cluster.client, trigger, spec, target });
    await target.received(before + 2);
    const after = target.calls.slice(before);
    expect(after.map(({ text }) => text)).toEqual(["bad", "d"]);
    expect(after.map(({ id }) => id.split(":")[2])).toEqual(["2", "3"]);
    expect(after[0]?.headers["ce-key"]).toBe("key");
  });

  test("a shard that is split is read to its end before its children, and they to theirs before what they are merged to", async () => {
    const stream = await newStream(kinesis);
    const target = await serveFunction();
    const delivery = { guarantee: "atLeastOnce" };
    const spec = { stream, startPosition: "trimHorizon", delivery };
    const one = (index: number) => ({ first: index, keyOf: () => "one" });
    await put(kinesis, stream, 5, one(0));
    const [parent = ""] = await shardIds(kinesis, stream);
    await kinesis.send(
      new SplitShardCommand({
        StreamName: stream,
        ShardToSplit: parent,
        NewStartingHashKey: String(2n ** 127n),
      }),
    );
    await untilActive(kinesis, stream);
    await put(kinesis, stream, 5, one(5));
    startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
    await target.received(10);
    const [, left = "", right = ""] = await shardIds(kinesis, stream);
    await kinesis.send(
      new MergeShardsCommand({ StreamName: stream, ShardToMerge: left, AdjacentShardToMerge: right }),
    );
    await untilActive(kinesis, stream);
    await put(kinesis, stream, 5, one(10));
    await target.received(15);
    expect(target.calls.map(({ text }) => Number(text))).toEqual(
      Array.from({ length: 15 }, (_, index) => index),
    );
    expect(new Set(target.calls.map(({ id }) => id.split(":")[0])).size).toBe(3);
  });

  test("one shard is read where one is named, and one that is not there is said", async () => {
    const stream = await newStream(kinesis, 2);
    const [, shard = ""] = await shardIds(kinesis, stream);
    await put(kinesis, stream, 20);
    const target = await serveFunction();
    const spec = { stream, shard, startPosition: "trimHorizon" };
    const { shards } = startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
    await target.received(1);
    const { faults } = startReplica({
      client: cluster.client,
      trigger: newTrigger(),
      spec: { stream, shard: "shardId-000000000009" },
      target,
    });
    await expect
      .poll(() => faults[0], { timeout: 10_000 })
      .toMatchObject({
        reason: "TopicNotFound",
        message: expect.stringContaining("no shard shardId-000000000009"),
      });
    expect(shards()).toEqual([`${stream}/${shard}`]);
    expect(new Set(target.calls.map(({ id }) => id.split(":")[0]))).toEqual(new Set([shard]));
  });

  test("a failing record becomes a dead letter with its bytes and key, and headers that say why", async () => {
    const stream = await newStream(kinesis);
    const deadLetters = await newStream(kinesis);
    const target = await serveFunction((body) => (body === "1" ? 500 : 200));
    const delivery = {
      guarantee: "atLeastOnce",
      retry: { maxAttempts: 2, minBackoffMs: 1, maxBackoffMs: 2 },
      deadLetter: { stream: deadLetters },
    };
    const trigger = newTrigger();
    const spec = { stream, startPosition: "trimHorizon", delivery };
    startReplica({ client: cluster.client, trigger, spec, target });
    await put(kinesis, stream, 3);
    await target.received(4);
    expect(target.calls.map(({ text }) => text)).toEqual(["0", "1", "1", "2"]);
    const reader = await serveFunction();
    startReplica({
      client: cluster.client,
      trigger: newTrigger(),
      spec: { stream: deadLetters, startPosition: "trimHorizon" },
      target: reader,
    });
    await reader.received(1);
    expect(reader.calls[0]).toMatchObject({ text: "1", headers: { "ce-key": "key-1" } });
  });

  test("attempts are counted on by the next reader", async () => {
    const stream = await newStream(kinesis);
    const deadLetters = await newStream(kinesis);
    const trigger = newTrigger();
    const target = await serveFunction(() => 500);
    const delivery = {
      guarantee: "atLeastOnce",
      retry: { maxAttempts: 5, minBackoffMs: 600, maxBackoffMs: 600 },
      deadLetter: { stream: deadLetters },
    };
    const spec = { stream, startPosition: "trimHorizon", delivery };
    await put(kinesis, stream, 1);
    const first = startReplica({ client: cluster.client, trigger, spec, target });
    await target.received(3);
    await first.close();
    startReplica({ client: cluster.client, trigger, spec, target });
    await target.received(5);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(target.calls).toHaveLength(5);
  });

  test("two replicas share the shards, and one reads them all when the other is gone", async () => {
    const stream = await newStream(kinesis, 4);
    const trigger = newTrigger();
    const [first, second] = await Promise.all([serveFunction(), serveFunction()]);
    const spec = { stream, startPosition: "trimHorizon", delivery: { guarantee: "atLeastOnce" } };
    const one = startReplica({ client: cluster.client, trigger, identity: "a", spec, target: first });
    const two = startReplica({ client: cluster.client, trigger, identity: "b", spec, target: second });
    const shardsOf = (calls: readonly { id: string }[]) => new Set(calls.map(({ id }) => id.split(":")[0]));
    await expect.poll(() => [one.shards().length, two.shards().length], { timeout: 10_000 }).toEqual([2, 2]);
    await put(kinesis, stream, 40);
    await expect.poll(() => first.calls.length + second.calls.length, { timeout: 10_000 }).toBe(40);
    expect(shardsOf(first.calls).size).toBe(2);
    await one.close();
    const before = second.calls.length;
    await put(kinesis, stream, 40, { first: 40 });
    await second.received(before + 40);
    expect(shardsOf(second.calls.slice(before)).size).toBe(4);
  });

  test("where the positions are deleted, reading begins anew where the spec says", async () => {
    const stream = await newStream(kinesis, 2);
    const trigger = newTrigger();
    const target = await serveFunction();
    const replica = startReplica({ client: cluster.client, trigger, spec: { stream }, target });
    await replica.connected;
    await put(kinesis, stream, 4);
    await target.received(4);
    const { client } = cluster;
    const { items } = await client.list(resources.leases, {
      namespace: "default",
      labelSelector: `kubeless.io/trigger=${trigger}`,
    });
    const parts = items.map(({ metadata }) => [
      metadata.annotations?.["kubeless.io/part"] ?? "",
      metadata.name,
    ]);
    for (const [, name = ""] of parts.toSorted())
      await client.delete(resources.leases, { namespace: "default", name });
    await expect.poll(() => replica.connects(), { timeout: 20_000 }).toBe(2);
    await put(kinesis, stream, 4, { first: 10 });
    await target.received(8);
    expect(
      target.calls
        .slice(4)
        .map(({ text }) => Number(text))
        .toSorted(),
    ).toEqual([10, 11, 12, 13]);
  });

  test("a stream that is not there is waited for, and never made", async () => {
    const stream = `missing-${crypto.randomUUID()}`;
    const target = await serveFunction();
    const spec = { stream, startPosition: "trimHorizon" };
    const { faults } = startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
    await expect.poll(() => faults[0], { timeout: 10_000 }).toMatchObject({ reason: "TopicNotFound" });
  });

  test("many records at once are read in order of each key where order is by key", async () => {
    const stream = await newStream(kinesis);
    const keys = ["a", "b", "c"];
    const Records = Array.from({ length: 300 }, (_, index) => ({
      Data: Buffer.from(String(index)),
      PartitionKey: keys[index % 3] ?? "",
    }));
    await kinesis.send(new PutRecordsCommand({ StreamName: stream, Records }));
    const target = await serveFunction();
    const delivery = { guarantee: "atLeastOnce", ordering: "key" };
    const spec = { stream, startPosition: "trimHorizon", delivery };
    startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
    await target.received(300);
    for (const key of keys) {
      const bodies = target.calls
        .filter(({ headers }) => headers["ce-key"] === key)
        .map(({ text }) => Number(text));
      expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
      expect(bodies).toHaveLength(100);
    }
  });
});

/** Several records in one, all of the key `key`. */
function aggregate(texts: readonly string[]): Uint8Array {
  return writeAggregate(texts.map((text) => ({ partitionKey: "key", data: Buffer.from(text), tags: {} })));
}
