import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bind } from "./fixtures/bind.ts";
import { serveFunction } from "./fixtures/target.ts";
import { newTopic } from "./fixtures/topics.ts";

const brokers = process.env.KAFKA_BROKERS;

describe.skipIf(brokers === undefined)("what a fetch brings (KAFKA_BROKERS)", () => {
  const kafka = new Kafka({ brokers: (brokers ?? "").split(","), logLevel: logLevel.NOTHING });
  const producers: Producer[] = [];
  let admin: Admin;

  beforeAll(async () => {
    admin = kafka.admin();
    await admin.connect();
  });
  afterAll(() => Promise.all([admin, ...producers].map((each) => each.disconnect())));

  async function connectProducer(transactionalId?: string): Promise<Producer> {
    const once = transactionalId === undefined ? {} : { transactionalId, idempotent: true };
    const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1, ...once });
    await producer.connect();
    producers.push(producer);
    return producer;
  }

  test.each(["atMostOnce", "atLeastOnce"])(
    "of transactions: what was aborted is not called, and their markers hold up nothing (%s)",
    async (guarantee) => {
      const topic = await newTopic(admin, 1);
      const target = await serveFunction();
      const producer = await connectProducer(crypto.randomUUID());
      const write = async (value: string, end: "abort" | "commit") => {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value }] });
        await transaction[end]();
      };
      for (const value of ["1", "2", "3"]) await write(value, "abort");
      await write("4", "commit");
      const { rebuilt } = bind({ topic, startPosition: "earliest", delivery: { guarantee } }, target);
      await target.received(1);
      await write("5", "abort");
      await write("6", "commit");
      await write("7", "abort");
      await target.received(2);
      expect(target.calls.map(({ text }) => text)).toEqual(["4", "6"]);
      const groupId = `default_orders_hello_${topic}`;
      const committed = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions;
      await expect.poll(committed, { timeout: 10_000 }).toMatchObject([{ offset: "14" }]);
      expect(rebuilt).toEqual([]);
    },
    60_000,
  );

  test("a record that is larger than what is asked for comes, and so does what follows it", async () => {
    const topic = await newTopic(admin, 1);
    const target = await serveFunction();
    const producer = await connectProducer();
    for (const size of [1, 900_000, 2])
      await producer.send({ topic, messages: [{ value: "x".repeat(size) }] });
    bind({ topic, startPosition: "earliest" }, target);
    await target.received(3);
    expect(target.calls.map(({ text }) => text.length)).toEqual([1, 900_000, 2]);
  });
});
