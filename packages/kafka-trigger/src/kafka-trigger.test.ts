import { resources } from "@kubeless/controller-kit";
import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  apply,
  deploy,
  endpointSlice,
  functions,
  namespace,
  ready,
  startController,
} from "./fixtures/cluster.ts";
import { serveFunction } from "./fixtures/target.ts";
import { newTopic, send } from "./fixtures/topics.ts";
import { kafkaKind } from "./kafka-kind.ts";

const brokers = process.env.KAFKA_BROKERS;

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
    const { client } = await startController();
    const topic = await newTopic(admin, 1);
    const [first, second, other] = await Promise.all([serveFunction(), serveFunction(), serveFunction()]);
    await deploy(client, "first", { team: "a" }, first);
    await deploy(client, "second", { team: "a" }, second);
    await deploy(client, "other", { team: "b" }, other);
    await apply(client, "orders", {
      topic,
      startPosition: "earliest",
      functionSelector: { matchLabels: { team: "a" } },
    });
    await send(producer, topic, 3);
    await Promise.all([first.received(3), second.received(3)]);
    expect(other.calls).toEqual([]);
    await expect
      .poll(() => ready(client, "orders"), { timeout: 15_000 })
      .toMatchObject({ status: "True", reason: "Ready" });
    const { status } = await client.get(kafkaKind.resource, { namespace, name: "orders" });
    expect(status?.bindings).toMatchObject([
      { function: "first", ready: true, guarantee: "atMostOnce", ordering: "partition" },
      { function: "second", ready: true },
    ]);
  });

  test("a function that is relabelled gets nothing more, and one that comes gets what is new", async () => {
    const { client } = await startController();
    const topic = await newTopic(admin, 1);
    const [leaving, coming] = await Promise.all([serveFunction(), serveFunction()]);
    await deploy(client, "leaving", { team: "a" }, leaving);
    await apply(client, "orders", {
      topic,
      startPosition: "earliest",
      functionSelector: { matchLabels: { team: "a" } },
    });
    await send(producer, topic, 1);
    await leaving.received(1);
    await client.patch(functions, { namespace, name: "leaving" }, { metadata: { labels: { team: "b" } } });
    await deploy(client, "coming", { team: "a" }, coming);
    await coming.received(1);
    await send(producer, topic, 2);
    await coming.received(3);
    expect(leaving.calls).toHaveLength(1);
  });

  test("events wait for a function that has no ready pod", async () => {
    const { client } = await startController();
    const topic = await newTopic(admin, 1);
    const target = await serveFunction();
    await deploy(client, "sleeping", { team: "a" }, undefined);
    await apply(client, "orders", {
      topic,
      startPosition: "earliest",
      functionSelector: { matchLabels: { team: "a" } },
    });
    await send(producer, topic, 2);
    await expect
      .poll(() => ready(client, "orders"), { timeout: 15_000 })
      .toMatchObject({ status: "False", reason: "FunctionNotReady" });
    await client.apply(resources.endpointSlices, endpointSlice("sleeping", target));
    await target.received(2);
  });

  test("a trigger that cannot be worked with says why, and one beside it works", async () => {
    const { client } = await startController();
    const topic = await newTopic(admin, 1);
    const target = await serveFunction();
    await deploy(client, "hello", { team: "a" }, target);
    const selector = { functionSelector: { matchLabels: { team: "a" } } };
    await apply(client, "filtered", { topic, ...selector, filter: "data.total >" });
    await apply(client, "missing", { topic: `missing-${crypto.randomUUID()}`, ...selector });
    await apply(client, "unreachable", { topic, ...selector, connection: { brokers: ["127.0.0.1:1"] } });
    await apply(client, "good", { topic, startPosition: "earliest", ...selector });
    await send(producer, topic, 1);
    await target.received(1);
    await expect
      .poll(() => ready(client, "filtered"), { timeout: 15_000 })
      .toMatchObject({ reason: "InvalidFilter" });
    await expect
      .poll(() => ready(client, "missing"), { timeout: 15_000 })
      .toMatchObject({ reason: "TopicNotFound" });
    await expect
      .poll(() => ready(client, "unreachable"), { timeout: 15_000 })
      .toMatchObject({ reason: "ConnectionFailed" });
  });

  test("deletion ends though the brokers do not answer and an old finalizer stands", async () => {
    const { client } = await startController();
    await deploy(client, "hello", { team: "a" }, await serveFunction());
    await apply(
      client,
      "old",
      {
        topic: "t",
        functionSelector: { matchLabels: { team: "a" } },
        connection: { brokers: ["127.0.0.1:1"] },
      },
      ["kubeless.io/kafkatrigger"],
    );
    await client.delete(kafkaKind.resource, { namespace, name: "old" });
    await expect
      .poll(() => client.find(kafkaKind.resource, { namespace, name: "old" }), { timeout: 15_000 })
      .toBeUndefined();
  });
});

const { KAFKA_BROKERS_SASL, KAFKA_USER = "", KAFKA_PASSWORD = "" } = process.env;

describe.skipIf(KAFKA_BROKERS_SASL === undefined)("a KafkaTrigger with a Secret (KAFKA_BROKERS_SASL)", () => {
  test("is connected once the password in its Secret is right, and nobody has to touch the trigger", async () => {
    const { client } = await startController();
    const writeLogin = (password: string) =>
      client.apply(resources.secrets, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "login", namespace },
        stringData: { username: KAFKA_USER, password },
      });
    const topic = `t-${crypto.randomUUID()}`;
    await deploy(client, "hello", { team: "a" }, await serveFunction());
    await writeLogin("wrong");
    await apply(client, "orders", {
      topic,
      functionSelector: { matchLabels: { team: "a" } },
      connection: { brokers: [KAFKA_BROKERS_SASL], sasl: { mechanism: "PLAIN", secretName: "login" } },
    });
    const reason = async () => (await ready(client, "orders"))?.reason;
    await expect.poll(reason, { timeout: 20_000 }).toBe("AuthenticationFailed");
    await writeLogin(KAFKA_PASSWORD);
    await expect.poll(reason, { timeout: 20_000 }).toBe("TopicNotFound");
  }, 60_000);
});
