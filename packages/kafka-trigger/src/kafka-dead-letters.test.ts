import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDeadLetters } from "./kafka-dead-letters.ts";

const brokers = process.env.KAFKA_BROKERS ?? "";

describe.skipIf(brokers === "")("a trigger's dead letters in a topic (KAFKA_BROKERS)", () => {
  const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING });
  let admin: Admin;
  let producer: Producer;
  beforeAll(async () => {
    admin = kafka.admin();
    producer = kafka.producer();
    await Promise.all([admin.connect(), producer.connect()]);
  });
  afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));

  test("that come while they are deleted stay", async () => {
    const topic = `letters-${crypto.randomUUID()}`;
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
    const put = (trigger: string) =>
      producer.send({ topic, messages: [{ value: trigger, headers: { "kubeless-trigger": trigger } }] });
    await put("default/orders");
    let looks = 0;
    /** Another trigger writes each time after it was looked where the topic ends. */
    const watched = {
      ...admin,
      async fetchTopicOffsets(name: string) {
        looks += 1;
        if (looks > 1) await put("default/other");
        return admin.fetchTopicOffsets(name);
      },
    };
    const letters = createDeadLetters({
      kafka,
      admin: watched,
      topic,
      origin: "orders",
      namespace: "default",
      trigger: "orders",
      send: () => Promise.reject(new Error("nothing is sent")),
    });
    expect(await letters.purge?.()).toBe(1);
    expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ low: "1" }]);
    await admin.deleteTopics({ topics: [topic] });
  }, 30_000);
});
