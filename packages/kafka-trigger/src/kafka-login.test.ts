import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, test } from "vitest";
import { bind } from "./fixtures/bind.ts";
import { serveFunction } from "./fixtures/target.ts";
import { kafkaConfig } from "./kafka-config.ts";

const {
  KAFKA_BROKERS = "",
  KAFKA_BROKERS_SSL = "",
  KAFKA_BROKERS_SASL = "",
  KAFKA_BROKERS_SASL_SSL,
  KAFKA_CA = "",
  KAFKA_CERT = "",
  KAFKA_KEY = "",
  KAFKA_USER = "",
  KAFKA_PASSWORD = "",
} = process.env;

describe.skipIf(KAFKA_BROKERS_SASL_SSL === undefined)(
  "brokers that want to know who it is (KAFKA_BROKERS_SASL_SSL)",
  () => {
    /** As editors leave them. */
    const login = { username: `${KAFKA_USER}\n`, password: `${KAFKA_PASSWORD}\r\n` };
    const file = (name: string) => readFileSync(name, "utf8");

    test.each(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])(
      "a trigger logs in by %s with its Secret, over TLS and without",
      async (mechanism) => {
        const secrets = { login, ca: { "ca.crt": file(KAFKA_CA) } };
        const sasl = { mechanism, secretName: "login" };
        const tls = { secretName: "ca" };
        await reaches({ brokers: [KAFKA_BROKERS_SASL_SSL ?? ""], sasl, tls }, { secrets });
        await reaches({ brokers: [KAFKA_BROKERS_SASL], sasl }, { secrets });
      },
      60_000,
    );

    test("a trigger shows its certificate from a Secret", async () => {
      const secrets = {
        client: { "ca.crt": file(KAFKA_CA), "tls.crt": file(KAFKA_CERT), "tls.key": file(KAFKA_KEY) },
      };
      await reaches({ brokers: [KAFKA_BROKERS_SSL], tls: { secretName: "client" } }, { secrets });
    });

    test("a trigger without a connection logs in as the controller's environment says", async () => {
      const config = kafkaConfig.parse({
        KAFKA_BROKERS: KAFKA_BROKERS_SASL_SSL,
        KAFKA_ENABLE_TLS: "true",
        KAFKA_CACERTS: KAFKA_CA,
        KAFKA_ENABLE_SASL: "true",
        KAFKA_USERNAME: KAFKA_USER,
        KAFKA_PASSWORD,
      });
      await reaches(undefined, { config });
    });

    test.each<[string, object, object, { reason: string }]>([
      [
        "a wrong password",
        { brokers: [KAFKA_BROKERS_SASL], sasl: { mechanism: "PLAIN", secretName: "login" } },
        { login: { username: KAFKA_USER, password: "wrong" } },
        { reason: "AuthenticationFailed" },
      ],
      [
        "an authority that nobody trusts",
        { brokers: [KAFKA_BROKERS_SSL], tls: {} },
        {},
        { reason: "ConnectionFailed" },
      ],
      [
        "a Secret without a password",
        { brokers: [KAFKA_BROKERS_SASL], sasl: { mechanism: "PLAIN", secretName: "login" } },
        { login: { username: KAFKA_USER } },
        { reason: "SecretInvalid" },
      ],
    ])("%s is told, without the secret", async (_what, connection, secrets, expected) => {
      const target = await serveFunction();
      const { faults } = bind({ topic: "any", connection }, target, { secrets: secrets as never });
      await expect.poll(() => faults[0], { timeout: 20_000 }).toMatchObject(expected);
      expect(JSON.stringify(faults)).not.toContain("wrong");
    });
  },
);

/** An event sent past the login reaches a function over it. */
async function reaches(connection: object | undefined, options: Parameters<typeof bind>[2]): Promise<void> {
  const kafka = new Kafka({ brokers: KAFKA_BROKERS.split(","), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  const topic = `t-${randomUUID()}`;
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  const target = await serveFunction();
  const spec = { topic, startPosition: "earliest", ...(connection === undefined ? {} : { connection }) };
  bind(spec, target, options);
  await producer.send({ topic, messages: [{ value: "hello" }] });
  await target.received(1);
  await Promise.all([admin.disconnect(), producer.disconnect()]);
}
