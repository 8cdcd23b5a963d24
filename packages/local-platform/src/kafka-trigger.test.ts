import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kafkaBroker } from "@kubeless/kafka-trigger";
import { describe, expect, test } from "vitest";
import { conditionOf, statusOf, useTestPlatform } from "./platform-fixture.ts";

const brokers = process.env.KAFKA_BROKERS;

describe.skipIf(brokers === undefined)(
  "a KafkaTrigger on the local platform (KAFKA_BROKERS)",
  { timeout: 120_000 },
  () => {
    const platform = useTestPlatform({ KAFKA_BROKERS: brokers });

    test("calls its function with what is published, over the brokers of the environment", async () => {
      const seen = join(platform.directory, "seen.json");
      await platform.deploy(
        "keeps",
        `exports.handler = (event) => {
          require("node:fs").writeFileSync(${JSON.stringify(seen)}, JSON.stringify(event.data));
          return "kept";
        };`,
      );
      const topic = `t-${crypto.randomUUID()}`;
      await ask({ do: "createTopic", target: topic, partitions: 1 });
      await platform.create("kafkatriggers", "KafkaTrigger", "orders", {
        topic,
        functionSelector: { matchLabels: { "created-by": "kubeless" } },
        startPosition: "earliest",
      });
      const missing = await platform.until(
        "kafkatriggers",
        "orders",
        (it) => statusOf(it, "FunctionFound") === "False",
      );
      expect(conditionOf(missing, "FunctionFound")?.reason).toBe("FunctionNotFound");
      await platform.label("functions", "keeps", { "created-by": "kubeless" });
      await platform.until("kafkatriggers", "orders", (it) => statusOf(it, "Ready") === "True");
      await ask({
        do: "publish",
        target: topic,
        messages: [{ headers: {}, body: Buffer.from('{"id":7}').toString("base64") }],
      });
      await expect.poll(() => readFileSync(seen, "utf8"), { timeout: 20_000 }).toBe('{"id":7}');
    });
  },
);

/** What `kubeless topic` does, without a command line. */
async function ask(operation: Parameters<typeof kafkaBroker.answer>[0]["operation"]): Promise<void> {
  const surroundings = {
    environment: { KAFKA_BROKERS: brokers },
    signal: AbortSignal.timeout(30_000),
    trigger: async () => undefined,
    secret: async () => ({}),
  };
  for await (const reply of kafkaBroker.answer({ namespace: "default", spec: {}, operation }, surroundings))
    if ("fault" in reply) throw new Error(reply.fault);
}
