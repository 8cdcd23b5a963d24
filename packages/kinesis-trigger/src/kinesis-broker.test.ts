import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { type BrokerOperation, type BrokerReply, kinesisTriggerResource } from "@kubeless/api-types";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCluster } from "./fixtures/cluster.ts";
import { openFaultyKinesis } from "./fixtures/faulty-kinesis.ts";
import { startReplica } from "./fixtures/replica.ts";
import { connect, deleteStream, endpoint, newStream, put, region } from "./fixtures/streams.ts";
import { serveFunction } from "./fixtures/target.ts";
import { kinesisBroker } from "./kinesis-broker.ts";

const text = (value: string) => Buffer.from(value).toString("base64");

describe.skipIf(endpoint === undefined)(
  "what a person asks of Kinesis (KINESIS_ENDPOINT)",
  { timeout: 60_000 },
  () => {
    let kinesis: KinesisClient;
    let cluster: Awaited<ReturnType<typeof startCluster>>;
    beforeAll(async () => {
      kinesis = connect();
      cluster = await startCluster();
    });
    afterAll(async () => {
      kinesis.destroy();
      await cluster.stop();
    });

    test("a stream is made, listed with its shards, refused a second time, and deleted", async () => {
      const name = `s-${crypto.randomUUID()}`;
      const make = { do: "createTopic", target: name, partitions: 2 } as const;
      expect(await ask(make)).toEqual([{ item: { name } }, { end: true }]);
      expect(await ask({ do: "listTopics" })).toContainEqual({ item: { name, partitions: 2 } });
      expect(await ask(make)).toEqual([{ fault: `There is a stream ${name} already: take another name.` }]);
      expect(await ask({ do: "deleteTopic", target: name })).toEqual([{ item: { name } }, { end: true }]);
      await deleteStream(name);
    });

    test("records are sent in order, with key and headers, and their positions told", async () => {
      const stream = await newStream(kinesis);
      const target = await serveFunction();
      startReplica({
        client: cluster.client,
        trigger: "published",
        spec: { stream, startPosition: "trimHorizon" },
        target,
      });
      const messages = [
        { key: text("k"), headers: {}, body: text("plain") },
        {
          headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
          body: text("b"),
        },
      ];
      const replies = await ask({ do: "publish", target: stream, messages });
      await target.received(2);
      expect(target.calls.map(({ text: body }) => body)).toEqual(["plain", "b"]);
      expect(replies).toEqual([...target.calls.map(({ id }) => ({ item: { id } })), { end: true }]);
      expect(target.calls[0]?.headers["ce-key"]).toBe("k");
      expect(target.calls[1]?.headers.traceparent).toBe(messages[1]?.headers.traceparent);
    });

    test("dead letters are listed, shown, and sent again, once, to their own trigger only", async () => {
      const [stream, deadLetters] = [await newStream(kinesis), await newStream(kinesis, 2)];
      const delivery = {
        guarantee: "atLeastOnce",
        retry: { maxAttempts: 1 },
        deadLetter: { stream: deadLetters },
      };
      const spec = { stream, startPosition: "trimHorizon", delivery };
      let isMended = false;
      const target = await serveFunction(() => (isMended ? 200 : 500));
      startReplica({ client: cluster.client, trigger: "orders", spec, target });
      const other = await serveFunction();
      startReplica({
        client: cluster.client,
        trigger: "other",
        spec: { stream, startPosition: "trimHorizon" },
        target: other,
      });
      await put(kinesis, stream, 3);
      await Promise.all([target.received(3), other.received(3)]);
      const list = () => ask({ do: "listDeadLetters", limit: 10 }, spec);
      await expect.poll(async () => (await list()).length, { timeout: 20_000 }).toBe(4);
      const letters = (await list()).flatMap((reply) => ("item" in reply ? [reply.item as Letter] : []));
      expect(letters.map(({ body }) => Buffer.from(body, "base64").toString()).toSorted()).toEqual([
        "0",
        "1",
        "2",
      ]);
      const [first] = letters;
      expect(first?.headers).toMatchObject({
        "kubeless-trigger": "default/orders",
        "kubeless-status": "500",
      });
      expect(await ask({ do: "showDeadLetter", id: first?.id ?? "" }, spec)).toEqual([
        { item: first },
        { end: true },
      ]);

      isMended = true;
      const redriven = await ask({ do: "redriveDeadLetters", ids: [] }, spec);
      await target.received(6);
      expect(redriven).toEqual([
        ...letters.map(({ id }) => ({ item: { id, sentAs: expect.stringMatching(/:0$/) } })),
        { end: true },
      ]);
      const again = target.calls.slice(3).map(({ text: body, headers }) => [body, headers["ce-key"]]);
      expect(again.toSorted()).toEqual([
        ["0", "key-0"],
        ["1", "key-1"],
        ["2", "key-2"],
      ]);
      expect(await list()).toEqual([{ end: true }]);
      expect(await ask({ do: "redriveDeadLetters", ids: [] }, spec)).toEqual([{ end: true }]);
      expect(other.calls).toHaveLength(3);
    });

    test("what is too much for Kinesis at the moment is asked again", async () => {
      const [stream, deadLetters] = [await newStream(kinesis), await newStream(kinesis)];
      const faulty = await openFaultyKinesis();
      const endpoint = faulty.endpoint;
      const failed = new Set<string>();
      faulty.fault = ({ operation }) => {
        const isFirst = !failed.has(operation);
        failed.add(operation);
        return isFirst ? "ProvisionedThroughputExceededException" : undefined;
      };
      const spec = { stream, endpoint, delivery: toDeadLetter(deadLetters) };
      expect((await ask(publishDead(deadLetters, "a"), spec)).at(-1)).toEqual({ end: true });
      expect(await ask({ do: "redriveDeadLetters", ids: [] }, spec)).toHaveLength(2);
      expect([...failed].toSorted()).toEqual(["GetRecords", "GetShardIterator", "ListShards", "PutRecord"]);
    });

    test("dead letters are read on when the iterator expired meanwhile", async () => {
      const [stream, deadLetters] = [await newStream(kinesis), await newStream(kinesis)];
      const faulty = await openFaultyKinesis();
      const spec = { stream, endpoint: faulty.endpoint, delivery: toDeadLetter(deadLetters) };
      await ask(publishDead(deadLetters, "a", "b", "c"), spec);
      let reads = 0;
      faulty.fault = ({ operation }) => {
        if (operation === "GetRecords") reads += 1;
        return operation === "GetRecords" && reads === 1 ? "ExpiredIteratorException" : undefined;
      };
      expect(await ask({ do: "listDeadLetters", limit: 10 }, spec)).toHaveLength(4);
    });

    test("a server that cannot be reached is told as that", async () => {
      expect(await ask({ do: "listTopics" }, { stream: "s", endpoint: "http://127.0.0.1:1" })).toEqual([
        { fault: expect.stringContaining("ECONNREFUSED"), isUnreached: true },
      ]);
    });

    test("what cannot be done is said in a sentence", async () => {
      const deadLetters = await newStream(kinesis);
      const spec = {
        stream: "s",
        delivery: { guarantee: "atLeastOnce", deadLetter: { stream: deadLetters } },
      };
      const faults = async (operation: BrokerOperation, more: object = spec) =>
        (await ask(operation, more)).flatMap((reply) => ("fault" in reply ? reply.fault : []));
      expect(await faults({ do: "purgeDeadLetters" })).toEqual([
        expect.stringContaining("deletes nothing on demand"),
      ]);
      expect(await faults({ do: "showDeadLetter", id: "nonsense" })).toEqual([
        expect.stringContaining("no position of a dead letter"),
      ]);
      for (const id of ["shardId-000000000009:1:0", "shardId-000000000000:1:0"])
        expect(await faults({ do: "showDeadLetter", id })).toEqual([
          expect.stringContaining(`There is no dead letter ${id} of this trigger`),
        ]);
      expect(await faults({ do: "createTopic", target: "large", partitions: 100_000 })).toEqual([
        expect.stringContaining("Kinesis refused it: The shard count"),
      ]);
      expect(await faults({ do: "listDeadLetters", limit: 1 }, { stream: "s" })).toEqual([
        expect.stringContaining("names no place for dead letters"),
      ]);
      const missing = `missing-${crypto.randomUUID()}`;
      expect(
        await faults({ do: "publish", target: missing, messages: [{ headers: {}, body: text("x") }] }),
      ).toEqual([expect.stringContaining(`There is no stream ${missing}`)]);
    });
  },
);

interface Letter {
  readonly id: string;
  readonly body: string;
  readonly headers: Record<string, string>;
}

const toDeadLetter = (stream: string) => ({ guarantee: "atLeastOnce", deadLetter: { stream } });

function publishDead(target: string, ...bodies: string[]): BrokerOperation {
  const headers = { "kubeless-trigger": "default/orders", "kubeless-function": "hello" };
  return { do: "publish", target, messages: bodies.map((body) => ({ headers, body: text(body) })) };
}

/** Asks as the controller's pod is asked, about a trigger `orders` of this spec. */
function ask(operation: BrokerOperation, spec: object = { stream: "s" }): Promise<BrokerReply[]> {
  const { apiVersion, kind } = kinesisTriggerResource;
  const object = {
    apiVersion,
    kind,
    metadata: { name: "orders", namespace: "default" },
    spec: { "function-name": "hello", "aws-region": region, secret: "keys", ...spec },
  };
  const keys = { aws_access_key_id: Buffer.from("test"), aws_secret_access_key: Buffer.from("test") };
  return Array.fromAsync(
    kinesisBroker.answer(
      { namespace: "default", trigger: "orders", spec: {}, operation },
      {
        environment: { KINESIS_ENDPOINT: endpoint },
        signal: AbortSignal.timeout(30_000),
        trigger: async () => object,
        secret: async () => keys,
      },
    ),
  );
}
