import { type KafkaTriggerSpec, kafkaTriggerResource } from "@kubeless/api-types";
import {
  type BindingObserver,
  type RunningBinding,
  runBinding,
  systemClock,
  toSettings,
} from "@kubeless/trigger-kit";
import { type ServedFunction, sourceCases } from "@kubeless/trigger-kit/testing";
import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { kafkaUnderTest } from "./fixtures/kafka-under-test.ts";
import { serveFunction } from "./fixtures/target.ts";
import { newTopic, send } from "./fixtures/topics.ts";
import { kafkaConfig } from "./kafka-config.ts";
import { kafkaSource } from "./kafka-source.ts";

const brokers = process.env.KAFKA_BROKERS;

describe.skipIf(brokers === undefined)("as every event source (KAFKA_BROKERS)", () => {
  for (const { name, run } of sourceCases(kafkaUnderTest(brokers ?? ""))) test(name, run, 90_000);
});

describe.skipIf(brokers === undefined)("a Kafka topic (KAFKA_BROKERS)", () => {
  let admin: Admin;
  let producer: Producer;

  beforeAll(async () => {
    const kafka = new Kafka({
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
});

function bind(spec: object, target: ServedFunction, { trigger = "orders" } = {}) {
  const object = {
    apiVersion: "kubeless.io/v1beta1",
    kind: "KafkaTrigger",
    metadata: { name: trigger },
    spec: { functionSelector: { matchLabels: { function: "hello" } }, ...spec },
  };
  const parsed = kafkaTriggerResource.parse(object);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const settings = toSettings(parsed.value.spec.delivery, 10);
  const faults: { reason: string; message: string }[] = [];
  const open = Promise.withResolvers<void>();
  const nothing = () => undefined;
  const observer: BindingObserver = {
    received: nothing,
    ended: nothing,
    attemptFailed: nothing,
    dropped: nothing,
    held: nothing,
    committed: nothing,
    commitFailed: nothing,
    lag: nothing,
    rebuilt: nothing,
    positionLost: nothing,
    connection: (fault) => (fault === undefined ? open.resolve() : faults.push(fault)),
  };
  const binding: RunningBinding = runBinding({
    source: kafkaSource,
    capabilities: kafkaSource.capabilities(parsed.value.spec as KafkaTriggerSpec),
    binding: {
      namespace: "default",
      trigger,
      function: "hello",
      spec: parsed.value.spec as KafkaTriggerSpec,
      ...settings.delivery,
    },
    origin: { namespace: "default", trigger, plural: "kafkatriggers", source: "kafka" },
    settings,
    filter: undefined,
    services: {
      config: kafkaConfig.parse({ KAFKA_BROKERS: brokers }),
      log: { info: nothing, warn: nothing, error: nothing },
      secret: () => Promise.reject(new Error("no Secrets here")),
    },
    openParts: () => ({ share: nothing, read: async () => undefined, close: async () => undefined }),
    observer,
    clock: systemClock,
    random: Math.random,
  });
  binding.setEndpoints([target.endpoint]);
  onTestFinished(() => binding.close());
  return { binding, faults, connected: open.promise };
}
