import { setTimeout } from "node:timers/promises";
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, timing } from "./fixtures/cluster.ts";
import { type FaultyKinesis, openFaultyKinesis } from "./fixtures/faulty-kinesis.ts";
import { startOwnServer, tools } from "./fixtures/own-server.ts";
import { startReplica } from "./fixtures/replica.ts";
import { connect, endpoint, newStream, put } from "./fixtures/streams.ts";
import { serveFunction } from "./fixtures/target.ts";

const SOON = { timeout: 20_000 };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const newTrigger = () => `orders-${crypto.randomUUID().slice(0, 8)}`;

describe.skipIf(tools === undefined)(
  "a Kinesis server that is ill-treated (KUBELESS_TEST_TOOLS)",
  { timeout: 120_000 },
  () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await startCluster();
    });
    afterAll(() => cluster.stop());

    /** The emulator writes what it holds once a second: what came after is forgotten when it is killed. */
    const persistedMs = 1_500;

    test.each([
      ["killed and started again", "kill", "start", persistedMs],
      ["stopped for longer than a read may take", "pause", "resume", 0],
    ] as const)("one that is %s is read on from, and nothing is lost", async (_, harm, mend, beforeMs) => {
      const server = await startOwnServer();
      const kinesis = connect(server.endpoint);
      const stream = await newStream(kinesis, 2);
      const target = await serveFunction();
      const spec = {
        stream,
        startPosition: "trimHorizon",
        endpoint: server.endpoint,
        delivery: { guarantee: "atLeastOnce" },
      };
      const replica = startReplica({ client: cluster.client, trigger: newTrigger(), spec, target });
      await put(kinesis, stream, 20);
      await target.received(20);
      await setTimeout(beforeMs);
      await server.act(harm);
      await expect
        .poll(() => replica.faults.at(-1), { timeout: 40_000 })
        .toMatchObject({
          reason: "ConnectionFailed",
        });
      await server.act(mend);
      kinesis.destroy(); // Its connections did not outlive the server.
      const afterwards = connect(server.endpoint);
      await put(afterwards, stream, 20, { first: 20 });
      await target.received(40);
      const byShard = Map.groupBy(target.calls, ({ id }) => id.split(":")[0]);
      for (const calls of byShard.values()) {
        const bodies = calls.map(({ text }) => Number(text));
        expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
      }
      expect(new Set(target.calls.map(({ id }) => id)).size).toBe(40);
      expect(target.calls).toHaveLength(40);
      afterwards.destroy();
    });
  },
);

describe.skipIf(endpoint === undefined)(
  "what Kinesis and the cluster may do (KINESIS_ENDPOINT)",
  { timeout: 60_000 },
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

    /** A trigger that reads a stream of one shard through a server that the test can make fail. */
    async function start(more: { delivery?: object; answer?: (body: string) => number } = {}) {
      const stream = await newStream(kinesis);
      const faulty = await openFaultyKinesis();
      const target = await serveFunction(more.answer);
      const delivery = { guarantee: "atLeastOnce", ...more.delivery };
      const spec = { stream, startPosition: "trimHorizon", endpoint: faulty.endpoint, delivery };
      const options = { client: cluster.client, trigger: newTrigger(), spec, target };
      return { stream, faulty, target, options, replica: startReplica(options) };
    }

    /** The next `count` reads are answered so. */
    function failReads(faulty: FaultyKinesis, name: string, count: number): () => number {
      let left = count;
      faulty.fault = ({ operation }) => {
        if (operation !== "GetRecords" || left === 0) return undefined;
        left -= 1;
        return name;
      };
      return () => left;
    }

    test("reads that are too many become fewer, nobody is alarmed, and nothing is lost", async () => {
      const { stream, faulty, target, replica } = await start();
      await replica.connected;
      await put(kinesis, stream, 1);
      await target.received(1);
      const left = failReads(faulty, "ProvisionedThroughputExceededException", 4);
      const sinceMs = performance.now();
      await put(kinesis, stream, 4, { first: 1 });
      await target.received(5);
      expect(left()).toBe(0);
      const reads = faulty.seen.filter(({ operation, atMs }) => operation === "GetRecords" && atMs > sinceMs);
      const pauses = reads.slice(1, 5).map(({ atMs }, index) => atMs - (reads[index]?.atMs ?? 0));
      expect(pauses[3]).toBeGreaterThan(2 * (pauses[0] ?? 0));
      expect(target.calls.map(({ text }) => text)).toEqual(numbers(5));
      expect(replica.faults).toEqual([]);
    });

    test("an iterator that expired is taken anew behind what was read last", async () => {
      const { stream, faulty, target, replica } = await start();
      await put(kinesis, stream, 3);
      await target.received(3);
      failReads(faulty, "ExpiredIteratorException", 1);
      await put(kinesis, stream, 3, { first: 3 });
      await target.received(6);
      expect(target.calls.map(({ text }) => text)).toEqual(numbers(6));
      expect(
        faulty.seen.filter(({ operation }) => operation === "GetShardIterator").at(-1)?.body,
      ).toMatchObject({
        ShardIteratorType: "AFTER_SEQUENCE_NUMBER",
      });
      expect(replica.faults).toEqual([]);
    });

    test("credentials that are refused are said, and reading goes on when they are taken again", async () => {
      const { stream, faulty, target, replica } = await start();
      await put(kinesis, stream, 1);
      await target.received(1);
      failReads(faulty, "ExpiredTokenException", 2);
      await expect
        .poll(() => replica.faults, SOON)
        .toContainEqual({
          reason: "AuthenticationFailed",
          message: expect.stringContaining("refused the credentials"),
        });
      await put(kinesis, stream, 1, { first: 1 });
      await target.received(2);
      await expect.poll(() => replica.connects(), SOON).toBeGreaterThan(1);
    });

    test("a position that the stream does not know is said, and the oldest record is gone on with", async () => {
      const { stream, faulty, target, options, replica } = await start();
      await put(kinesis, stream, 2);
      await target.received(2);
      await replica.close();
      let isRefused = false;
      faulty.fault = ({ operation, body }) => {
        if (operation !== "GetShardIterator" || body.ShardIteratorType !== "AFTER_SEQUENCE_NUMBER")
          return undefined;
        isRefused = true;
        return "InvalidArgumentException";
      };
      const again = startReplica(options);
      await target.received(4);
      expect(isRefused).toBe(true);
      expect(again.positionsLost).toEqual([
        expect.stringContaining(`${stream} does not know the position in shardId-000000000000 any more`),
      ]);
      expect(target.calls.slice(2).map(({ text }) => text)).toEqual(numbers(2));
    });

    test("a server that does not answer is said, and holds up no deletion", async () => {
      const { stream, faulty, target, replica } = await start();
      await put(kinesis, stream, 1);
      await target.received(1);
      faulty.fault = ({ operation }) => (operation === "GetRecords" ? "hang" : undefined);
      await expect
        .poll(() => replica.faults.at(-1), { timeout: 30_000 })
        .toMatchObject({ reason: "ConnectionFailed" });
      const sinceMs = performance.now();
      await replica.close();
      expect(performance.now() - sinceMs).toBeLessThan(5_000);
    });

    test("while a dead letter is refused its position is held, and it is written when it can be", async () => {
      const deadLetters = await newStream(kinesis);
      const { stream, faulty, target, replica } = await start({
        answer: (body) => (body === "0" ? 422 : 200),
        delivery: {
          retry: { maxAttempts: 1, minBackoffMs: 10, maxBackoffMs: 100 },
          deadLetter: { stream: deadLetters },
        },
      });
      faulty.fault = ({ operation }) => (operation === "PutRecord" ? "AccessDeniedException" : undefined);
      await put(kinesis, stream, 2);
      await expect.poll(() => replica.held, SOON).toContain("DeadLetterUnwritable");
      expect(target.calls.map(({ text }) => text)).toEqual(["0"]);
      faulty.fault = () => undefined;
      await target.received(2);
      expect(target.calls.map(({ text }) => text)).toEqual(["0", "1"]);
    });

    test("while the API server is away for longer than a term nothing is called, and then all is, once", async () => {
      const stream = await newStream(kinesis);
      const target = await serveFunction();
      let isAway = false;
      const unreliable = cluster.client.fenced(() => {
        if (isAway) throw new Error("away");
      });
      const spec = { stream, startPosition: "trimHorizon", delivery: { guarantee: "atLeastOnce" } };
      startReplica({ client: unreliable, trigger: newTrigger(), spec, target });
      await put(kinesis, stream, 2);
      await target.received(2);
      await setTimeout(1_500);
      isAway = true;
      await setTimeout(timing.termMs + 500);
      await put(kinesis, stream, 3, { first: 2 });
      await setTimeout(1_000);
      expect(target.calls).toHaveLength(2);
      isAway = false;
      await target.received(5);
      expect(target.calls.map(({ text }) => text)).toEqual(numbers(5));
    });

    test.each(["atMostOnce", "atLeastOnce"] as const)(
      "%s: a replica that was stopped for longer than its term calls nothing it does not hold",
      async (guarantee) => {
        const stream = await newStream(kinesis);
        const trigger = newTrigger();
        const [first, second] = await Promise.all([serveFunction(), serveFunction()]);
        const spec = { stream, startPosition: "trimHorizon", delivery: { guarantee, maxInFlight: 4 } };
        let stoppedForMs = 0;
        const now = () => performance.now() + stoppedForMs;
        const replica = startReplica({
          client: cluster.client,
          trigger,
          identity: "a",
          spec,
          target: first,
          now,
        });
        await put(kinesis, stream, 3);
        await first.received(3);
        await setTimeout(1_500);
        stoppedForMs += timing.leaseMs;
        await put(kinesis, stream, 3, { first: 3 });
        await expect.poll(() => first.calls.length, SOON).toBe(6);
        await replica.close();
        startReplica({ client: cluster.client, trigger, identity: "b", spec, target: second });
        await put(kinesis, stream, 1, { first: 6 });
        await second.received(1);
        expect([...first.calls, ...second.calls].map(({ text }) => text)).toEqual(numbers(7));
      },
    );
  },
);
