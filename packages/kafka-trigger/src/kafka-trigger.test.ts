import { resources } from "@kubeless/controller-kit";
import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startController } from "./fixtures/cluster.ts";
import { serveFunction } from "./fixtures/target.ts";
import { newTopic, send } from "./fixtures/topics.ts";
import { kafkaKind } from "./kafka-kind.ts";

const brokers = process.env.KAFKA_BROKERS;
const namespace = "default";

describe.skipIf(brokers === undefined)("KafkaTriggers in a cluster (KAFKA_BROKERS)", () => {
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

  test("one trigger calls every function that its selector matches, and says so", async () => {
    const cluster = await startController();
    const topic = await newTopic(admin, 1);
    const [first, second, other] = await Promise.all([serveFunction(), serveFunction(), serveFunction()]);
    await cluster.deploy("first", { team: "a" }, first);
    await cluster.deploy("second", { team: "a" }, second);
    await cluster.deploy("other", { team: "b" }, other);
    await cluster.create("orders", {
      topic,
      startPosition: "earliest",
      functionSelector: { matchLabels: { team: "a" } },
    });
    await send(producer, topic, 3);
    await Promise.all([first.received(3), second.received(3)]);
    expect(other.calls).toEqual([]);
    await expect
      .poll(() => cluster.ready("orders"), { timeout: 15_000 })
      .toMatchObject({ status: "True", reason: "Ready" });
    const { status } = await cluster.client.get(kafkaKind.resource, { namespace, name: "orders" });
    expect(status?.bindings).toMatchObject([
      {
        function: "first",
        ready: true,
        group: `${namespace}_orders_first_${topic}`,
        guarantee: "atMostOnce",
        ordering: "partition",
      },
      { function: "second", ready: true },
    ]);
  });

  test("a function that is relabelled gets nothing more, and one that comes gets what is new", async () => {
    const cluster = await startController();
    const topic = await newTopic(admin, 1);
    const [leaving, coming] = await Promise.all([serveFunction(), serveFunction()]);
    await cluster.deploy("leaving", { team: "a" }, leaving);
    await cluster.create("orders", {
      topic,
      startPosition: "earliest",
      functionSelector: { matchLabels: { team: "a" } },
    });
    await send(producer, topic, 1);
    await leaving.received(1);
    await cluster.relabel("leaving", { team: "b" });
    await cluster.deploy("coming", { team: "a" }, coming);
    await coming.received(1);
    await send(producer, topic, 2);
    await coming.received(3);
    expect(leaving.calls).toHaveLength(1);
  });

  test("events wait for a function that has no ready pod", async () => {
    const cluster = await startController();
    const topic = await newTopic(admin, 1);
    const target = await serveFunction();
    await cluster.deploy("sleeping", { team: "a" }, undefined);
    await cluster.create("orders", {
      topic,
      startPosition: "earliest",
      functionSelector: { matchLabels: { team: "a" } },
    });
    await send(producer, topic, 2);
    await expect
      .poll(() => cluster.ready("orders"), { timeout: 15_000 })
      .toMatchObject({ status: "False", reason: "FunctionNotReady" });
    await cluster.serve("sleeping", target);
    await target.received(2);
  });

  test("a trigger that cannot be worked with says why, and one beside it works", async () => {
    const cluster = await startController();
    const topic = await newTopic(admin, 1);
    const target = await serveFunction();
    await cluster.deploy("hello", { team: "a" }, target);
    const selector = { functionSelector: { matchLabels: { team: "a" } } };
    await cluster.create("filtered", { topic, ...selector, filter: "data.total >" });
    await cluster.create("missing", { topic: `missing-${crypto.randomUUID()}`, ...selector });
    await cluster.create("unreachable", { topic, ...selector, connection: { brokers: ["127.0.0.1:1"] } });
    await cluster.create("good", { topic, startPosition: "earliest", ...selector });
    await send(producer, topic, 1);
    await target.received(1);
    await expect
      .poll(() => cluster.ready("filtered"), { timeout: 15_000 })
      .toMatchObject({ reason: "InvalidFilter" });
    await expect
      .poll(() => cluster.ready("missing"), { timeout: 15_000 })
      .toMatchObject({ reason: "TopicNotFound" });
    await expect
      .poll(() => cluster.ready("unreachable"), { timeout: 15_000 })
      .toMatchObject({ reason: "ConnectionFailed" });
  });

  test("deletion ends though the brokers do not answer and an old finalizer stands", async () => {
    const cluster = await startController();
    await cluster.deploy("hello", { team: "a" }, await serveFunction());
    await cluster.create(
      "old",
      {
        topic: "t",
        functionSelector: { matchLabels: { team: "a" } },
        connection: { brokers: ["127.0.0.1:1"] },
      },
      ["kubeless.io/kafkatrigger"],
    );
    await cluster.client.delete(kafkaKind.resource, { namespace, name: "old" });
    await expect
      .poll(() => cluster.client.find(kafkaKind.resource, { namespace, name: "old" }), { timeout: 15_000 })
      .toBeUndefined();
  });
});

const { KAFKA_BROKERS_SASL, KAFKA_USER = "", KAFKA_PASSWORD = "" } = process.env;

describe.skipIf(KAFKA_BROKERS_SASL === undefined)("a KafkaTrigger with a Secret (KAFKA_BROKERS_SASL)", () => {
  test("is connected once the password in its Secret is right, and nobody has to touch the trigger", async () => {
    const cluster = await startController();
    const writeLogin = (password: string) =>
      cluster.client.apply(resources.secrets, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "login", namespace },
        stringData: { username: KAFKA_USER, password },
      });
    const topic = `t-${crypto.randomUUID()}`;
    await cluster.deploy("hello", { team: "a" }, await serveFunction());
    await writeLogin("wrong");
    await cluster.create("orders", {
      topic,
      functionSelector: { matchLabels: { team: "a" } },
      connection: { brokers: [KAFKA_BROKERS_SASL], sasl: { mechanism: "PLAIN", secretName: "login" } },
    });
    const reason = async () => (await cluster.ready("orders"))?.reason;
    await expect.poll(reason, { timeout: 20_000 }).toBe("AuthenticationFailed");
    await writeLogin(KAFKA_PASSWORD);
    await expect.poll(reason, { timeout: 20_000 }).toBe("TopicNotFound");
  }, 60_000);
});
