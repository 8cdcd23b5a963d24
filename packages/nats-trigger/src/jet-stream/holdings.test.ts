import { AckPolicy, connect, type Msg, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createHoldings, type HoldingsOptions, type LanePosition } from "./holdings.ts";
import { parseAckSubject } from "./message.ts";
import { pull } from "./pull.ts";

const servers = process.env.NATS_SERVERS;
const never: LanePosition = { lane: "never", turn: 0 };

describe.skipIf(servers === undefined)("what a reader holds of a stream (NATS_SERVERS)", () => {
  let connection: NatsConnection;
  beforeAll(async () => {
    connection = await connect({ servers: servers?.split(",") ?? [] });
  });
  afterAll(() => connection.close());

  /** The servers, which are asked to confirm acknowledgements of these subjects. */
  function countConfirmations() {
    const asked: string[] = [];
    const counting: HoldingsOptions["connection"] = {
      publish: (...args) => connection.publish(...args),
      flush: () => connection.flush(),
      request(...args) {
        asked.push(args[0]);
        return connection.request(...args);
      },
    };
    return { asked, counting };
  }

  const create = (options: Partial<HoldingsOptions>) =>
    createHoldings({
      connection,
      ackWaitMs: 30_000,
      confirmEach: false,
      lapsed: () => undefined,
      now: () => performance.now(),
      ...options,
    });

  /** Holds four messages, each in a lane of its own. */
  async function holdFour(options: Partial<HoldingsOptions> = {}) {
    const stream = `S${crypto.randomUUID()}`;
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: stream, subjects: [stream] });
    onTestFinished(async () => void (await manager.streams.delete(stream)));
    await manager.consumers.add(stream, { durable_name: "reader", ack_policy: AckPolicy.Explicit });
    for (const text of "abcd") await connection.jetstream().publish(stream, text);
    const { asked, counting } = countConfirmations();
    const holdings = create({ connection: counting, ...options });
    const positions: LanePosition[] = [];
    const request = { stream, durable: "reader", messages: 4, bytes: undefined, expiresMs: 5_000 };
    const { signal } = new AbortController();
    await pull(connection, { ...request, signal, late: () => undefined }, (message) => {
      const { sequence } = parseAckSubject(message.reply ?? "");
      const position = holdings.take(sequence, undefined, message, performance.now());
      if (position !== undefined) positions.push(position);
    });
    return {
      holdings,
      positions,
      confirmed: () => asked.map((reply) => parseAckSubject(reply).sequence),
      pending: async () => (await manager.consumers.info(stream, "reader")).num_ack_pending,
    };
  }

  test("what is done together is acknowledged whole, and confirmed by its highest sequence", async () => {
    const { holdings, positions, confirmed, pending } = await holdFour();
    await holdings.acknowledge(positions.toReversed());
    expect(confirmed()).toEqual([4]);
    expect(await pending()).toBe(0);
    expect(holdings.size).toBe(0);
  });

  test("where nothing may come twice each acknowledgement is confirmed by itself", async () => {
    const { holdings, positions, confirmed, pending } = await holdFour({ confirmEach: true });
    await holdings.acknowledge(positions);
    expect(confirmed()).toEqual([1, 2, 3, 4]);
    expect(await pending()).toBe(0);
    expect(holdings.size).toBe(0);
  });

  test("nothing that is done together counts as confirmed when its last is not, and it can be tried again", async () => {
    const { holdings, positions, pending } = await holdFour();
    const unknown = { reply: `nobody.${crypto.randomUUID()}` } as Msg;
    const position = holdings.take(5, undefined, unknown, performance.now());
    await expect(holdings.acknowledge([...positions, position ?? never])).rejects.toThrow();
    expect(holdings).toMatchObject({ size: 5, unconfirmed: 5 });
    await holdings.acknowledge(positions);
    expect(holdings).toMatchObject({ size: 1, unconfirmed: 1 });
    expect(await pending()).toBe(0);
  });

  test("an acknowledgement waits no more when the message, or one that follows, is delivered", async () => {
    const holdings = create({});
    const message = { reply: `nobody.${crypto.randomUUID()}` } as Msg;
    const position = holdings.take(5, undefined, message, 0);
    await expect(holdings.acknowledge([position ?? never])).rejects.toThrow();
    expect(holdings.unconfirmed).toBe(1);
    holdings.take(7, undefined, message, 0);
    expect(holdings).toMatchObject({ unconfirmed: 0, size: 2 });
  });

  test("what was not renewed in time is not held, and when it comes again it is another lane's", () => {
    let nowMs = 0;
    const lapsed: string[] = [];
    const holdings = create({ now: () => nowMs, lapsed: (lane) => lapsed.push(lane) });
    const message = { reply: "nobody" } as Msg;
    const lane = holdings.take(5, undefined, message, nowMs)?.lane ?? "";
    expect(holdings.holds(lane)).toBe(true);
    nowMs = 30_000;
    expect(holdings.holds(lane)).toBe(false);
    expect(lapsed).toEqual([lane]);
    const again = holdings.take(5, undefined, message, nowMs)?.lane ?? "";
    expect(again).not.toBe(lane);
    expect(holdings.holds(again)).toBe(true);
  });
});
