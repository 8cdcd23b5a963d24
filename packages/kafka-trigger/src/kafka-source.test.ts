import { setTimeout } from "node:timers/promises";
import { sourceCases } from "@kubeless/trigger-kit/testing";
import { type Admin, CompressionTypes, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bind, openContext, toBinding } from "./fixtures/bind.ts";
import { kafkaUnderTest } from "./fixtures/kafka-under-test.ts";
import { serveFunction } from "./fixtures/target.ts";
import { newTopic, send } from "./fixtures/topics.ts";
import { kafkaSource } from "./kafka-source.ts";
import { readTopic } from "./read-topic.ts";
import { registerCodecs } from "./register-codecs.ts";

const brokers = process.env.KAFKA_BROKERS;

describe.skipIf(brokers === undefined)("as every event source (KAFKA_BROKERS)", () => {
  for (const { name, run } of sourceCases(kafkaUnderTest(brokers ?? ""))) test(name, run, 90_000);
});

describe.skipIf(brokers === undefined)("a Kafka topic (KAFKA_BROKERS)", () => {
  let kafka: Kafka;
  let admin: Admin;
  let producer: Producer;

  beforeAll(async () => {
    kafka = new Kafka({
      clientId: "test",
      brokers: (brokers ?? "").split(","),
      logLevel: logLevel.NOTHING,
    });
    admin = kafka.admin();
    producer = kafka.producer({ allowAutoTopicCreation: false });
    await Promise.all([admin.connect(), producer.connect()]);
  });
  afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));

  test.each(["atMostOnce", "atLeastOnce"] as const)(
    "%s: every record reaches the function, once, in the order of its partition",
    async (guarantee) => {
      const topic = await newTopic(admin, 3);
      const target = await serveFunction();
      bind({ topic, startPosition: "earliest", delivery: { guarantee } }, target);
      await send(producer, topic, 90, (index) => ({ partition: index % 3 }));
      await target.received(90);
      expect(new Set(target.calls.map(({ id }) => id)).size).toBe(90);
      for (const partition of [0, 1, 2]) {
        const bodies = target.calls
          .filter(({ id }) => id.split(":")[1] === String(partition))
          .map(({ text }) => Number(text));
        expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
      }
    },
  );

  test("tells key, headers, partition and offset, and sends the bytes as they are", async () => {
    const topic = await newTopic(admin, 1);
    const target = await serveFunction();
    bind({ topic, startPosition: "earliest" }, target);
    const value = Buffer.from([0, 255, 1, 254]);
    await producer.send({
      topic,
      messages: [
        {
          key: "k1",
          value,
          headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
        },
        { key: "k2", value: null },
      ],
    });
    await target.received(2);
    expect(target.calls[0]).toMatchObject({
      body: value,
      headers: {
        "event-id": `${topic}:0:0`,
        "event-namespace": "kafkatriggers.kubeless.io",
        "ce-topic": topic,
        "ce-partition": "0",
        "ce-offset": "0",
        "ce-key": "k1",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      },
    });
    expect(target.calls[1]).toMatchObject({ text: "", headers: { "ce-key": "k2" } });
  });

  test("latest begins with what is sent after the binding is open, earliest with what is there", async () => {
    const topic = await newTopic(admin, 1);
    await send(producer, topic, 3);
    const late = await serveFunction();
    await bind({ topic, startPosition: "latest" }, late).connected;
    const early = await serveFunction();
    bind({ topic, startPosition: "earliest" }, early, { trigger: "early" });
    await send(producer, topic, 1, () => ({ value: "new" }));
    await Promise.all([late.received(1), early.received(4)]);
    expect(late.calls.map(({ text }) => text)).toEqual(["new"]);
  });

  test("a binding that is opened again goes on where it stopped", async () => {
    const topic = await newTopic(admin, 1);
    const first = await serveFunction();
    const running = bind({ topic, startPosition: "earliest", delivery: { guarantee: "atLeastOnce" } }, first);
    await send(producer, topic, 5);
    await first.received(5);
    await running.binding.close();
    await send(producer, topic, 5, (index) => ({ value: String(index + 5) }));
    const second = await serveFunction();
    bind({ topic, startPosition: "earliest", delivery: { guarantee: "atLeastOnce" } }, second);
    await second.received(5);
    expect(second.calls.map(({ text }) => text)).toEqual(["5", "6", "7", "8", "9"]);
  });

  test("what runs when another replica comes is finished and committed before it has the partition: nothing comes twice", async () => {
    const topic = await newTopic(admin, 4);
    const target = await serveFunction(async () => {
      await setTimeout(50);
      return 200;
    });
    const spec = {
      topic,
      startPosition: "earliest",
      delivery: { guarantee: "atLeastOnce", ordering: "none" },
    };
    await bind(spec, target).connected;
    await send(producer, topic, 4_000, (index) => ({ partition: index % 4 }));
    await target.received(500);
    await bind(spec, target).connected;
    await target.received(4_000);
    expect(new Set(target.calls.map(({ id }) => id)).size).toBe(target.calls.length);
  });

  test("a client that is built anew has the partitions at once: the group does not wait for the one before it", async () => {
    const topic = await newTopic(admin, 1);
    await send(producer, topic, 1);
    const binding = toBinding({ topic, startPosition: "earliest" });
    const [old, again] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let revoked = 0;
    const context = openContext();
    // It joins once, and then hangs before it would join again, as one whose brokers do not answer.
    const stuck = await kafkaSource.open(binding, () => old.resolve(), {
      ...context,
      revoke: async () => {
        revoked += 1;
        if (revoked > 2) await again.promise;
      },
    });
    await old.promise;
    const came = Promise.withResolvers<void>();
    const anew = await kafkaSource.open(binding, () => came.resolve(), context);
    await came.promise;
    again.resolve();
    await Promise.all([stuck.close(), anew.close()]);
    // The session of a member that nobody has heard of lasts half a minute.
  }, 20_000);

  test("a failing record becomes a dead letter with its bytes, key and headers, and why", async () => {
    const topic = await newTopic(admin, 1);
    const deadLetters = await newTopic(admin, 1);
    const target = await serveFunction((body) => (body === "bad" ? 500 : 200));
    bind(
      {
        topic,
        startPosition: "earliest",
        delivery: {
          guarantee: "atLeastOnce",
          retry: { maxAttempts: 2, minBackoffMs: 1, maxBackoffMs: 2 },
          deadLetter: { topic: deadLetters },
        },
      },
      target,
    );
    await producer.send({
      topic,
      messages: [{ key: "k", value: "bad", headers: { kind: "order" } }, { value: "good" }],
    });
    await target.received(3);
    expect(target.calls.map(({ text }) => text)).toEqual(["bad", "bad", "good"]);
    const reader = await serveFunction();
    bind({ topic: deadLetters, startPosition: "earliest" }, reader, { trigger: "dead" });
    await reader.received(1);
    expect(reader.calls[0]).toMatchObject({ text: "bad", headers: { "ce-key": "k" } });
  });

  test("a dead letter is a tombstone where the record is one, and has the headers without a value", async () => {
    const topic = await newTopic(admin, 1);
    const deadLetters = await newTopic(admin, 1);
    const target = await serveFunction(() => 404);
    const spec = { guarantee: "atLeastOnce", deadLetter: { topic: deadLetters } };
    bind({ topic, startPosition: "earliest", delivery: spec }, target);
    const headers = { none: null as never, empty: "", Twice: ["a", "b"], bytes: Buffer.from([255, 0]) };
    await producer.send({ topic, messages: [{ key: "gone", value: null, headers }] });
    await target.received(1);
    const reading = readTopic(kafka, admin, deadLetters, new Map());
    await expect.poll(async () => (await admin.fetchTopicOffsets(deadLetters))[0]?.high).toBe("1");
    const { value: letter } = await reading.next();
    const { key, value, headers: written } = letter?.message ?? {};
    expect([String(key), value]).toEqual(["gone", null]);
    expect(written).toMatchObject({
      none: null,
      empty: Buffer.alloc(0),
      Twice: [Buffer.from("a"), Buffer.from("b")],
      bytes: Buffer.from([255, 0]),
    });
    await reading.return();
  });

  test("a time beyond all dates, and a key that no header can hold, hold up nothing", async () => {
    const topic = `t-${crypto.randomUUID()}`;
    const configEntries = [{ name: "message.timestamp.after.max.ms", value: String(2n ** 63n - 1n) }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true });
    const target = await serveFunction();
    bind({ topic, startPosition: "earliest", delivery: { guarantee: "atLeastOnce" } }, target);
    const nanoseconds = "1790000000000000000";
    const more = [
      { timestamp: nanoseconds },
      { timestamp: `-${nanoseconds}` },
      { key: "k".repeat(20_000) },
      { key: "k" },
    ];
    await send(producer, topic, more.length, (index) => more[index] ?? {});
    await target.received(4);
    expect(target.calls.map(({ text }) => text)).toEqual(["0", "1", "2", "3"]);
    const times = target.calls.map(({ headers }) => headers["ce-time"]);
    expect(times.slice(0, 2)).toEqual(["9999-12-31T23:59:59.999Z", "0000-01-01T00:00:00.000Z"]);
    const keys = target.calls.map(({ headers }) => headers["ce-key"]);
    expect(keys).toEqual([undefined, undefined, undefined, "k"]);
  });

  test("a topic that is not there is waited for, and never made", async () => {
    const topic = `missing-${crypto.randomUUID()}`;
    const target = await serveFunction();
    const { faults } = bind({ topic, startPosition: "earliest" }, target);
    await expect
      .poll(() => faults)
      .toEqual([
        {
          reason: "TopicNotFound",
          message: `There is no topic ${topic}: it is waited for; make it, or correct spec.topic.`,
        },
      ]);
    expect(await admin.listTopics()).not.toContain(topic);
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await send(producer, topic, 1);
    await target.received(1);
  });

  test.each(["GZIP", "Snappy", "LZ4", "ZSTD"] as const)("reads what is compressed with %s", async (codec) => {
    registerCodecs();
    const topic = await newTopic(admin, 1);
    const target = await serveFunction();
    bind({ topic, startPosition: "earliest" }, target);
    const value = "compressible ".repeat(2_000);
    await producer.send({
      topic,
      compression: CompressionTypes[codec],
      messages: [{ value }, { value: `${value}!` }],
    });
    await target.received(2);
    expect(target.calls.map(({ text }) => text)).toEqual([value, `${value}!`]);
  });

  test("begins at a time, with the first record that is not older", async () => {
    const topic = await newTopic(admin, 1);
    await send(producer, topic, 2, () => ({ timestamp: String(Date.parse("2026-01-01T00:00:00Z")) }));
    await send(producer, topic, 1, () => ({
      timestamp: String(Date.parse("2026-03-01T00:00:00Z")),
      value: "new",
    }));
    const target = await serveFunction();
    bind({ topic, startPosition: "2026-02-01T00:00:00Z" }, target);
    await target.received(1);
    expect(target.calls.map(({ text }) => text)).toEqual(["new"]);
  });

  test("latest: a partition that is added later is read from its beginning", async () => {
    const topic = await newTopic(admin, 1);
    const target = await serveFunction();
    await bind({ topic, startPosition: "latest" }, target).connected;
    await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
    const other = new Kafka({ brokers: brokers?.split(",") ?? [], logLevel: logLevel.NOTHING }).producer();
    await other.connect();
    await other.send({ topic, messages: [{ value: "early", partition: 1 }] });
    await other.disconnect();
    await target.received(1, 60_000);
    expect(target.calls[0]?.text).toBe("early");
  }, 90_000);

  test("attempts are counted on by the next reader of the partition", async () => {
    const topic = await newTopic(admin, 1);
    const failing = await serveFunction(() => 503);
    const delivery = {
      guarantee: "atLeastOnce",
      retry: { maxAttempts: 50, minBackoffMs: 1, maxBackoffMs: 5 },
    };
    const first = bind({ topic, startPosition: "earliest", delivery }, failing);
    await send(producer, topic, 1);
    await failing.received(5);
    await first.binding.close();
    const made = first.attempts.at(-1) ?? 0;
    const second = bind({ topic, startPosition: "earliest", delivery }, failing);
    await failing.received(failing.calls.length + 1);
    await expect.poll(() => second.attempts[0]).toBe(made + 1);
  });

  test("tells how many records were deleted before they were read, and goes on with those that are there", async () => {
    const topic = await newTopic(admin, 1);
    const first = await serveFunction();
    const delivery = { guarantee: "atLeastOnce" };
    const before = bind({ topic, startPosition: "earliest", delivery }, first);
    await send(producer, topic, 2);
    await first.received(2);
    await before.binding.close();
    await send(producer, topic, 8, (index) => ({ value: String(index + 2) }));
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "7" }] });
    const second = await serveFunction();
    const { lost } = bind({ topic, startPosition: "latest", delivery }, second);
    await second.received(3);
    expect(second.calls.map(({ text }) => text)).toEqual(["7", "8", "9"]);
    expect(lost).toEqual([
      {
        count: 5,
        message: `${topic} partition 0 begins at 7, the group stood at 2: what was between is deleted.`,
      },
    ]);
  });

  test("a partition whose record is tried again and again does not stop the others", async () => {
    const topic = await newTopic(admin, 2);
    const target = await serveFunction((body) => (body === "stuck" ? 503 : 200));
    const retry = { maxAttempts: 1000, minBackoffMs: 50, maxBackoffMs: 50 };
    bind({ topic, startPosition: "earliest", delivery: { guarantee: "atLeastOnce", retry } }, target);
    await producer.send({ topic, messages: [{ value: "stuck", partition: 0 }] });
    await target.received(1);
    await send(producer, topic, 5, (index) => ({ value: `a${index}`, partition: 1 }));
    await expect.poll(() => target.calls.filter(({ text }) => text !== "stuck").length).toBe(5);
    await send(producer, topic, 5, (index) => ({ value: `b${index}`, partition: 1 }));
    await expect
      .poll(() => target.calls.filter(({ text }) => text !== "stuck").length, { timeout: 10_000 })
      .toBe(10);
  });
});
