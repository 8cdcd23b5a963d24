import { setTimeout } from "node:timers/promises";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTopic } from "./read-topic.ts";

const brokers = process.env.KAFKA_BROKERS ?? "";

describe.skipIf(brokers === "")("a topic that is read to its end (KAFKA_BROKERS)", () => {
  const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING });
  let admin: Admin;
  beforeAll(async () => {
    admin = kafka.admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());

  test("may be read slower than the brokers are waited for", async () => {
    const topic = `letters-${crypto.randomUUID()}`;
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
    const producer = kafka.producer();
    await producer.connect();
    const sent = Array.from({ length: 30 }, (_, index) => String(index));
    await producer.send({ topic, messages: sent.map((value) => ({ value })) });
    await producer.disconnect();
    const stalledMs = 2_000;
    const read: string[] = [];
    for await (const { message } of readTopic(kafka, admin, topic, new Map(), stalledMs)) {
      read.push(String(message.value));
      await setTimeout((2 * stalledMs) / sent.length);
    }
    expect(read).toEqual(sent);
    await admin.deleteTopics({ topics: [topic] });
  }, 30_000);
});
