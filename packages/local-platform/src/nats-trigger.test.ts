import { readFileSync } from "node:fs";
import { join } from "node:path";
import { natsBroker } from "@kubeless/nats-trigger";
import { describe, expect, test } from "vitest";
import { statusOf, useTestPlatform } from "./platform-fixture.ts";

const servers = process.env.NATS_SERVERS;

describe.skipIf(servers === undefined)(
  "a NATSTrigger on the local platform (NATS_SERVERS)",
  { timeout: 120_000 },
  () => {
    const platform = useTestPlatform({ NATS_URL: servers });

    test("calls its function with what is published, over the servers of the environment", async () => {
      const seen = join(platform.directory, "seen.json");
      await platform.deploy(
        "keeps",
        `exports.handler = (event) => {
          require("node:fs").writeFileSync(${JSON.stringify(seen)}, JSON.stringify(event.data));
          return "kept";
        };`,
      );
      await platform.label("functions", "keeps", { "created-by": "kubeless" });
      const topic = `t${crypto.randomUUID()}`;
      await platform.create("natstriggers", "NATSTrigger", "orders", {
        topic,
        functionSelector: { matchLabels: { "created-by": "kubeless" } },
      });
      await platform.until("natstriggers", "orders", (it) => statusOf(it, "Ready") === "True");
      await publish(topic, '{"id":7}');
      await expect.poll(() => readFileSync(seen, "utf8"), { timeout: 20_000 }).toBe('{"id":7}');
    });
  },
);

/** What `kubeless trigger nats publish` does, without a command line. */
async function publish(target: string, text: string): Promise<void> {
  const messages = [{ headers: {}, body: Buffer.from(text).toString("base64") }];
  const request = { namespace: "default", spec: {}, operation: { do: "publish" as const, target, messages } };
  const surroundings = {
    environment: { NATS_URL: servers },
    signal: AbortSignal.timeout(30_000),
    trigger: async () => undefined,
    secret: async () => ({}),
  };
  for await (const reply of natsBroker.answer(request, surroundings))
    if ("fault" in reply) throw new Error(reply.fault);
}
