import { connect, type JetStreamManager, type JsMsg, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bind } from "../fixtures/bind.ts";
import { serveFunction } from "../fixtures/target.ts";

const servers = process.env.NATS_SERVERS;

describe.skipIf(servers === undefined)(
  "what the reader before left of an ordered stream (NATS_SERVERS)",
  () => {
    let connection: NatsConnection;
    let manager: JetStreamManager;
    beforeAll(async () => {
      connection = await connect({ servers: servers?.split(",") ?? [] });
      manager = await connection.jetstreamManager();
    });
    afterAll(() => connection.close());

    /** Five messages that another reader of a trigger's durable has, and five that nobody has yet. */
    async function leave() {
      const stream = `S${crypto.randomUUID()}`;
      await manager.streams.add({ name: stream, subjects: [stream] });
      const jetStream = { stream, deliverPolicy: "all" };
      const spec = {
        topic: stream,
        jetStream,
        delivery: { guarantee: "atLeastOnce", ordering: "partition" },
      };
      const opened = bind(spec, undefined, { servers });
      await opened.connected;
      await opened.close();
      const publish = async () => {
        for (let index = 0; index < 5; index += 1)
          await connection.jetstream().publish(stream, String(index));
      };
      await publish();
      const consumer = await connection.jetstream().consumers.get(stream, `default_orders_hello_${stream}`);
      const held: JsMsg[] = [];
      for await (const message of await consumer.fetch({ max_messages: 5 })) held.push(message);
      await publish();
      return { spec, held };
    }

    const giveBack = async (held: readonly JsMsg[], ...sequences: readonly number[]) => {
      for (const sequence of sequences) held.find(({ seq }) => seq === sequence)?.nak();
      await connection.flush();
    };

    const readAll = async (spec: object) => {
      const target = await serveFunction();
      bind(spec, target, { servers });
      await target.received(10);
      return target.calls.map(({ id }) => Number(id.split(":")[1]));
    };

    test("is called in order, in whichever it was given back", async () => {
      const { spec, held } = await leave();
      await giveBack(held, 3, 1, 5, 2, 4);
      expect(await readAll(spec)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    test("is called in order when some of it may not be given out yet", async () => {
      const { spec, held } = await leave();
      await giveBack(held, 3, 1, 5);
      expect(await readAll(spec)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }, 60_000);
  },
);
