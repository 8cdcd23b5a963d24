import {
  type KinesisClient,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import { resources } from "@kubeless/controller-kit";
import { serveFunction as serve } from "@kubeless/trigger-kit/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { writeAggregate } from "./aggregated-record.ts";
import { type Cluster, startCluster } from "./fixtures/cluster.ts";
import { openFaultyKinesis } from "./fixtures/faulty-kinesis.ts";
import { startReplica } from "./fixtures/replica.ts";
import { connect, endpoint, newStream, put, untilActive } from "./fixtures/streams.ts";
import { serveFunction } from "./fixtures/target.ts";

const newTrigger = () => `orders-${crypto.randomUUID().slice(0, 8)}`;
const SOON = { timeout: 20_000 };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe.skipIf(endpoint === undefined)(
  "positions in a stream (KINESIS_ENDPOINT)",
  { timeout: 90_000 },
  () => {
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

    /** What was written of a trigger, and each part's name; the stream's own first. */
    async function leasesOf(trigger: string) {
      const labelSelector = `kubeless.io/trigger=${trigger}`;
      const { items } = await cluster.client.list(resources.leases, { namespace: "default", labelSelector });
      return items
        .map(({ metadata }) => ({
          key: { namespace: "default", name: metadata.name },
          part: metadata.annotations?.["kubeless.io/part"] ?? "",
        }))
        .toSorted((a, b) => (a.part < b.part ? -1 : 1));
    }

    async function damage(trigger: string, part: (name: string) => boolean, notes: object): Promise<void> {
      const found = (await leasesOf(trigger)).find((lease) => part(lease.part));
      const annotations = Object.fromEntries(
        Object.entries(notes).map(([name, value]) => [`note.kubeless.io/${name}`, value]),
      );
      await cluster.client.patch(resources.leases, found?.key ?? { namespace: "default", name: "none" }, {
        metadata: { annotations },
      });
    }

    test("latest is decided when reads that were too many are answered, and nobody is alarmed", async () => {
      const stream = await newStream(kinesis);
      const faulty = await openFaultyKinesis();
      let left = 2;
      faulty.fault = ({ operation }) => {
        if (operation !== "GetRecords" || left === 0) return undefined;
        left -= 1;
        return "ProvisionedThroughputExceededException";
      };
      const spec = { stream, endpoint: faulty.endpoint };
      const target = await serveFunction();
      const replica = startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
      await replica.connected;
      expect([left, replica.faults]).toEqual([0, []]);
    });

    test("a server that does not answer is said also where latest is to be decided", async () => {
      const stream = await newStream(kinesis);
      const faulty = await openFaultyKinesis();
      faulty.fault = ({ operation }) => (operation === "GetRecords" ? "hang" : undefined);
      const spec = { stream, endpoint: faulty.endpoint };
      const target = await serveFunction();
      const { faults } = startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
      await expect
        .poll(() => faults[0], { timeout: 30_000 })
        .toMatchObject({ reason: "ConnectionFailed", message: expect.stringContaining("does not answer") });
    });

    test.each([
      ["ends that are no JSON", { after: "nonsense" }],
      ["ends of nothing", { after: "null" }],
      ["a time that is none", { from: "nonsense" }],
    ])("where to start, damaged by hand (%s), is decided anew", async (_, notes) => {
      const stream = await newStream(kinesis);
      const trigger = newTrigger();
      const target = await serveFunction();
      const options = { client: cluster.client, trigger, spec: { stream }, target };
      const first = startReplica(options);
      await first.connected;
      await first.close();
      await damage(trigger, (part) => part === stream, notes);
      const again = startReplica(options);
      await again.connected;
      await put(kinesis, stream, 2);
      await target.received(2);
      expect(again.faults).toEqual([]);
    });

    test("of an aggregated record nothing is left out where the place in it was damaged by hand", async () => {
      const stream = await newStream(kinesis);
      const trigger = newTrigger();
      const texts = ["a", "b", "c"];
      const Data = writeAggregate(
        texts.map((text) => ({ partitionKey: "k", data: Buffer.from(text), tags: {} })),
      );
      await kinesis.send(new PutRecordCommand({ StreamName: stream, Data, PartitionKey: "k" }));
      const target = await serveFunction();
      const spec = { stream, startPosition: "trimHorizon", delivery: { guarantee: "atLeastOnce" } };
      const options = { client: cluster.client, trigger, spec, target };
      const first = startReplica(options);
      await target.received(3);
      await first.close();
      await damage(trigger, (part) => part !== stream, { "sub-sequence": "nonsense" });
      startReplica(options);
      await target.received(6);
      expect(target.calls.slice(3).map(({ text }) => text)).toEqual(texts);
    });

    test("a position older than the stream keeps records is said, and left for the oldest record there is", async () => {
      const stream = await newStream(kinesis);
      const trigger = newTrigger();
      const target = await serveFunction();
      const faulty = await openFaultyKinesis();
      const spec = { stream, startPosition: "trimHorizon", endpoint: faulty.endpoint };
      const options = { client: cluster.client, trigger, spec, target };
      await put(kinesis, stream, 2);
      const first = startReplica(options);
      await target.received(2);
      await first.close();
      await put(kinesis, stream, 2, { first: 2 });
      let isOld = false;
      faulty.fault = ({ operation, body }) => {
        if (operation === "GetShardIterator") isOld = body.ShardIteratorType === "AFTER_SEQUENCE_NUMBER";
        if (operation !== "GetRecords" || !isOld) return undefined;
        return { Records: [], NextShardIterator: "next", MillisBehindLatest: 24 * 3_600_000 };
      };
      const again = startReplica(options);
      await target.received(4);
      expect(target.calls.map(({ text }) => text)).toEqual(numbers(4));
      expect(again.positionsLost).toEqual([
        expect.stringContaining(
          "does not know the position in shardId-000000000000 any more (it is 24 h old)",
        ),
      ]);
    });

    test("positions of a stream that was made anew meanwhile are not lost ones: it is read from its beginning, once", async () => {
      const stream = await newStream(kinesis);
      const trigger = newTrigger();
      const target = await serveFunction();
      const faulty = await openFaultyKinesis();
      const spec = { stream, startPosition: "trimHorizon", endpoint: faulty.endpoint };
      const options = { client: cluster.client, trigger, spec, target };
      await put(kinesis, stream, 2);
      const former = startReplica(options);
      await target.received(2);
      let isAnew = false;
      faulty.fault = ({ operation, body }) => {
        if (operation === "GetRecords" && !isAnew) return "ExpiredIteratorException";
        if (
          operation === "GetShardIterator" &&
          body.ShardIteratorType === "AFTER_SEQUENCE_NUMBER" &&
          !isAnew
        ) {
          isAnew = true;
          return "InvalidArgumentException";
        }
        if (operation !== "DescribeStreamSummary" || !isAnew) return undefined;
        return {
          StreamDescriptionSummary: {
            StreamName: stream,
            StreamStatus: "ACTIVE",
            StreamCreationTimestamp: 1,
          },
        };
      };
      await target.received(4);
      await put(kinesis, stream, 1, { first: 2 });
      await target.received(5);
      await former.close();
      const again = startReplica(options);
      await put(kinesis, stream, 1, { first: 3 });
      await target.received(6);
      expect(target.calls.map(({ text }) => text)).toEqual(["0", "1", "0", "1", "2", "3"]);
      expect([former.positionsLost, again.positionsLost]).toEqual([[], []]);
    });

    test("after the positions were deleted a replica that held nothing begins anew too: parents come before children", async () => {
      const stream = await newStream(kinesis);
      const one = (first: number) => ({ first, keyOf: () => "one" });
      await put(kinesis, stream, 8, one(0));
      const [ShardToSplit, ...halves] = ["000000000000", "000000000001", "000000000002"].map(
        (id) => `shardId-${id}`,
      );
      const split = { StreamName: stream, ShardToSplit, NewStartingHashKey: String(2n ** 127n) };
      await kinesis.send(new SplitShardCommand(split));
      await untilActive(kinesis, stream);
      const [ShardToMerge, AdjacentShardToMerge] = halves;
      await kinesis.send(new MergeShardsCommand({ StreamName: stream, ShardToMerge, AdjacentShardToMerge }));
      await untilActive(kinesis, stream);
      await put(kinesis, stream, 4, one(8));

      let isSlow = false;
      const target = await serve(async () => {
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, 700));
        return 200;
      });
      onTestFinished(() => target.close());
      const trigger = newTrigger();
      const spec = { stream, startPosition: "trimHorizon", delivery: { guarantee: "atLeastOnce" } };
      const replicas = ["a", "b"].map((identity) =>
        startReplica({ client: cluster.client, trigger, identity, spec, target }),
      );
      await target.received(12);
      await expect.poll(() => replicas.map(({ shards }) => shards().length).toSorted(), SOON).toEqual([0, 1]);

      isSlow = true;
      for (const { key } of await leasesOf(trigger)) await cluster.client.delete(resources.leases, key);
      await expect.poll(() => target.calls.length, { timeout: 60_000 }).toBe(24);
      expect(target.calls.slice(12).map(({ text }) => text)).toEqual(numbers(12));
    });
  },
);
