import { AckPolicy, connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readStream } from "./read-stream.ts";

const servers = process.env.NATS_SERVERS;
const SOON = { timeout: 10_000 };

describe.skipIf(servers === undefined)("reading a stream (NATS_SERVERS)", () => {
  let connection: NatsConnection;
  beforeAll(async () => {
    connection = await connect({ servers: servers?.split(",") ?? [] });
  });
  afterAll(() => connection.close());

  /** Three messages, and what is delivered of them to a reader that holds as many already as it may. */
  async function readWhenFull(unconfirmed: number) {
    const stream = `S${crypto.randomUUID()}`;
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: stream, subjects: [stream] });
    await manager.consumers.add(stream, { durable_name: "reader", ack_policy: AckPolicy.Explicit });
    for (const text of "abc") await connection.jetstream().publish(stream, text);
    const holdings = { size: 4, unconfirmed };
    const read: string[] = [];
    const reading = readStream({
      connection,
      stream,
      durable: "reader",
      holdings,
      limit: 4,
      begin: async () => undefined,
      received(message) {
        read.push(message.string());
        holdings.unconfirmed = 0;
      },
      late: () => undefined,
      brokenOff: async () => 0,
      served: () => undefined,
      waited: () => undefined,
    });
    onTestFinished(async () => {
      await reading.stop();
      await manager.streams.delete(stream);
    });
    return {
      read,
      reading,
      delivered: async () => (await manager.consumers.info(stream, "reader")).delivered.stream_seq,
    };
  }

  test("pauses while as much is held as may be", async () => {
    const full = await readWhenFull(0);
    full.reading.wake();
    expect(await full.delivered()).toBe(0);
    expect(full.read).toEqual([]);
  });

  test("goes on while an acknowledgement has no answer, for servers that forgot the delivery ignore it till then", async () => {
    const full = await readWhenFull(1);
    await expect.poll(() => full.read, SOON).toEqual(["a", "b"]);
    expect(await full.delivered()).toBe(2);
  });
});
