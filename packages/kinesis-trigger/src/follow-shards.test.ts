import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { Notes, Part, SourceContext } from "@kubeless/trigger-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, endpoint, newStream } from "./fixtures/streams.ts";
import { followShards } from "./follow-shards.ts";
import type { KinesisConfig } from "./kinesis-config.ts";
import { createRoom } from "./room.ts";

describe.skipIf(endpoint === undefined)("the shards of a stream (KINESIS_ENDPOINT)", () => {
  let client: KinesisClient;
  beforeAll(() => {
    client = connect();
  });
  afterAll(() => client.destroy());

  test("one that is taken while nothing is to be read any more is not opened", async () => {
    const stream = await newStream(client);
    const asked = Promise.withResolvers<void>();
    const start = Promise.withResolvers<Notes>();
    const context = {
      signal: new AbortController().signal,
      connection: () => undefined,
      parts: {
        share: ([name = ""], { taken }) => taken(toPart(name)),
        read(name) {
          if (name === stream) asked.resolve();
          return name === stream ? start.promise : Promise.resolve(undefined);
        },
      },
    } satisfies Partial<SourceContext<KinesisConfig>>;
    const followed = followShards({
      client,
      stream,
      created: "1",
      keptMs: Number.POSITIVE_INFINITY,
      start: { decision: "d", from: "trimHorizon", after: new Map() },
      only: "",
      room: createRoom(),
      deliver: () => undefined,
      context: context as unknown as SourceContext<KinesisConfig>,
    });
    await asked.promise;
    await followed.stop();
    start.resolve({ decision: "d" });
    await new Promise(setImmediate);
    expect(followed.open.size).toBe(0);
  });
});

function toPart(name: string): Part {
  return { name, notes: {}, isHeld: () => true, write: () => Promise.resolve() };
}
