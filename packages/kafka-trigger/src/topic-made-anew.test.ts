import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bind } from "./fixtures/bind.ts";
import { serveFunction } from "./fixtures/target.ts";
import { newTopic, send } from "./fixtures/topics.ts";

const brokers = process.env.KAFKA_BROKERS;
/** The topic's id is looked at with the lag, every ten seconds. */
const patience = { timeout: 30_000 };

describe.skipIf(brokers === undefined)(
  "a topic that is made under way, or deleted and made anew (KAFKA_BROKERS)",
  () => {
    const kafka = new Kafka({ brokers: (brokers ?? "").split(","), logLevel: logLevel.NOTHING });
    let admin: Admin;

    beforeAll(async () => {
      admin = kafka.admin();
      await admin.connect();
    });
    afterAll(() => admin.disconnect());

    async function withProducer(use: (producer: Producer) => Promise<void>): Promise<void> {
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      await use(producer).finally(() => producer.disconnect());
    }

    const publish = (topic: string, count: number, name: string) =>
      withProducer((producer) => send(producer, topic, count, (index) => ({ value: `${name}${index}` })));

    async function makeAnew(topic: string): Promise<void> {
      await admin.deleteTopics({ topics: [topic] });
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    }

    test.each([
      { before: 50, after: 5, startPosition: "latest" },
      { before: 5, after: 50, startPosition: "latest" },
      { before: 5, after: 50, startPosition: "earliest" },
    ])(
      "with $after records after $before: is read from its beginning, and told of ($startPosition)",
      async ({ before, after, startPosition }) => {
        const topic = await newTopic(admin, 1);
        const target = await serveFunction();
        const delivery = { guarantee: "atLeastOnce" };
        const { connected, lost } = bind({ topic, startPosition, delivery }, target);
        await connected;
        await publish(topic, before, "old");
        await target.received(before);
        await makeAnew(topic);
        await publish(topic, after, "new");
        const anew = () =>
          new Set(target.calls.map(({ text }) => text).filter((text) => text.startsWith("new")));
        await expect.poll(() => anew().size, patience).toBe(after);
        expect(lost).toEqual([
          {
            count: undefined,
            message: `${topic} was deleted and made anew: what was not read of its partition 0 is gone, and the new one is read from 0.`,
          },
        ]);
      },
      60_000,
    );

    test("latest: one that is made after its trigger is read from its beginning", async () => {
      const topic = `t-${crypto.randomUUID()}`;
      const target = await serveFunction();
      const { faults } = bind({ topic, startPosition: "latest" }, target);
      await expect.poll(() => faults[0], patience).toMatchObject({ reason: "TopicNotFound" });
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
      await publish(topic, 3, "early");
      await target.received(3, patience.timeout);
    }, 60_000);

    test("at most once: nothing of it comes twice, and it is told of", async () => {
      const topic = await newTopic(admin, 1);
      const target = await serveFunction();
      const { lost } = bind({ topic, startPosition: "earliest" }, target);
      await publish(topic, 5, "old");
      await target.received(5);
      await makeAnew(topic);
      await publish(topic, 50, "new");
      await expect.poll(() => lost.length, patience).toBe(1);
      await publish(topic, 1, "last");
      await expect.poll(() => target.calls.at(-1)?.text, patience).toBe("last0");
      const texts = target.calls.map(({ text }) => text);
      expect(new Set(texts).size).toBe(texts.length);
    }, 60_000);
  },
);
