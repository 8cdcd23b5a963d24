import { resources } from "@kubeless/controller-kit";
import { serveFunction } from "@kubeless/trigger-kit/testing";
import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startController } from "./fixtures/cluster.ts";
import { newTopic, send } from "./fixtures/topics.ts";

const { KAFKA_BROKERS, KAFKA_BROKERS_SASL, KAFKA_USER } = process.env;
const reachable = KAFKA_BROKERS !== undefined && KAFKA_BROKERS_SASL !== undefined;
const goodOnes = Array.from({ length: 20 }, (_, index) => `good-${index}`);
const eventsEach = 20;
/** Twenty-three clients at once take a while to connect on a busy machine. */
const patienceMs = 60_000;

describe.skipIf(!reachable)("bad triggers beside good ones (KAFKA_BROKERS, KAFKA_BROKERS_SASL)", () => {
  let admin: Admin;
  let producer: Producer;

  beforeAll(async () => {
    const brokers = (KAFKA_BROKERS ?? "").split(",");
    const kafka = new Kafka({ clientId: "test", brokers, logLevel: logLevel.NOTHING });
    admin = kafka.admin();
    producer = kafka.producer({ allowAutoTopicCreation: false });
    await Promise.all([admin.connect(), producer.connect()]);
  });
  afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));

  test("each bad one says what is wrong, and twenty good ones get every event all along", async () => {
    const cluster = await startController();
    const target = await serveFunction(undefined, patienceMs);
    onTestFinished(() => target.close());
    await cluster.deploy("hello", { team: "a" }, target);
    const topic = await newTopic(admin, 1);
    const missing = `missing-${crypto.randomUUID()}`;
    const rest = { startPosition: "earliest", functionSelector: { matchLabels: { team: "a" } } };
    const secret = { username: KAFKA_USER ?? "", password: "not the password" };
    await cluster.client.apply(resources.secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "login", namespace: "default" },
      stringData: secret,
    } as never);
    const sasl = { mechanism: "PLAIN", secretName: "login" };
    await cluster.create("unreachable", { topic, ...rest, connection: { brokers: ["127.0.0.1:1"] } });
    await cluster.create("missing", { topic: missing, ...rest });
    await cluster.create("refused", { topic, ...rest, connection: { brokers: [KAFKA_BROKERS_SASL], sasl } });
    for (const name of goodOnes) await cluster.create(name, { topic, ...rest });

    await send(producer, topic, eventsEach);
    await target.received(goodOnes.length * eventsEach);
    for (const [name, reason] of [
      ["unreachable", "ConnectionFailed"],
      ["missing", "TopicNotFound"],
      ["refused", "AuthenticationFailed"],
    ] as const)
      await expect.poll(() => cluster.ready(name), { timeout: patienceMs }).toMatchObject({ reason });
    for (const name of goodOnes)
      await expect.poll(() => cluster.ready(name), { timeout: patienceMs }).toMatchObject({ status: "True" });

    await send(producer, topic, eventsEach);
    await target.received(2 * goodOnes.length * eventsEach);
    const callsOf = Map.groupBy(target.calls, ({ headers }) => String(headers["ce-source"]));
    expect([...callsOf.values()].map(({ length }) => length)).toEqual(goodOnes.map(() => 2 * eventsEach));
    expect(await admin.listTopics()).not.toContain(missing);
  }, 300_000);
});
