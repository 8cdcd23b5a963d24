import { sourceCases } from "@kubeless/trigger-kit/testing";
import { connect, headers, type JetStreamManager, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BindOptions, bind as bindTo } from "./fixtures/bind.ts";
import { startLossyProxy } from "./fixtures/lossy-proxy.ts";
import { coreUnderTest, jetStreamUnderTest } from "./fixtures/nats-under-test.ts";
import { serveFunction, type Target } from "./fixtures/target.ts";

const servers = process.env.NATS_SERVERS;
const bind = (spec: object, target?: Target, options?: Partial<BindOptions>) =>
  bindTo(spec, target, { servers, ...options });

describe.skipIf(servers === undefined)("core NATS as every event source (NATS_SERVERS)", () => {
  for (const { name, run } of sourceCases(coreUnderTest(servers ?? ""))) test(name, run, 90_000);
});

describe.skipIf(servers === undefined)("JetStream as every event source (NATS_SERVERS)", () => {
  for (const { name, run } of sourceCases(jetStreamUnderTest(servers ?? ""))) test(name, run, 90_000);
});

describe.skipIf(servers === undefined)("a NATS subject (NATS_SERVERS)", () => {
  let connection: NatsConnection;
  beforeAll(async () => {
    connection = await connect({ servers: servers?.split(",") ?? [] });
  });
  afterAll(() => connection.close());
  const newSubject = () => `s${crypto.randomUUID()}`;

  test("every message that a wildcard matches reaches the function, with an id of its own", async () => {
    const subject = newSubject();
    const target = await serveFunction();
    await bind({ topic: `${subject}.*.created` }, target).connected;
    for (const body of ["0", "1", "2"]) connection.publish(`${subject}.${body}.created`, body);
    connection.publish(`${subject}.0.deleted`, "no");
    await target.received(3);
    expect(target.calls.map(({ body }) => body)).toEqual(["0", "1", "2"]);
    expect(new Set(target.calls.map(({ id }) => id)).size).toBe(3);
    expect(target.calls[1]?.headers).toMatchObject({
      "event-namespace": "natstriggers.kubeless.io",
      "event-type": "application/json",
      "ce-type": "io.kubeless.nats.record",
      "ce-subject": `${subject}.1.created`,
    });
  });

  test("two replicas share a subject in the queue group that Kubeless had", async () => {
    const subject = newSubject();
    const [one, other] = await Promise.all([serveFunction(), serveFunction()]);
    await Promise.all([bind({ topic: subject }, one).connected, bind({ topic: subject }, other).connected]);
    const sharing = connection.subscribe(subject, { queue: `default_orders_hello_${subject}` });
    for (let index = 0; index < 300; index += 1) connection.publish(subject, String(index));
    await connection.flush();
    const third = sharing.getReceived();
    await expect.poll(() => one.calls.length + other.calls.length + third, { timeout: 10_000 }).toBe(300);
    for (const count of [one.calls.length, other.calls.length, third]) expect(count).toBeGreaterThan(30);
  });

  test("who asked for a reply gets the function's result", async () => {
    const subject = newSubject();
    const target = await serveFunction(undefined, () => '{"sum":3}');
    await bind({ topic: subject }, target).connected;
    const reply = await connection.request(subject, "[1,2]", { timeout: 5_000 });
    expect(reply.json()).toEqual({ sum: 3 });
    expect(reply.headers?.get("Content-Type")).toBe("application/json");
  });

  test("who asked for a reply gets one also where the function names two content types", async () => {
    const subject = newSubject();
    const target = await serveFunction(undefined, () => "fine", ["text/plain", "text/html"]);
    await bind({ topic: subject }, target).connected;
    const reply = await connection.request(subject, "", { timeout: 5_000 });
    expect(reply.headers?.get("Content-Type")).toBe("text/plain,text/html");
  });

  test("a message without a body, with headers and with bytes that are no text", async () => {
    const subject = newSubject();
    const target = await serveFunction();
    await bind({ topic: subject }, target).connected;
    const given = headers();
    given.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    given.set("Content-Type", "image/png");
    const bytes = Uint8Array.from([0, 255, 1, 254]);
    connection.publish(subject);
    connection.publish(subject, bytes, { headers: given });
    await target.received(2);
    expect(target.calls[0]?.raw).toHaveLength(0);
    expect(target.calls[1]).toMatchObject({
      raw: Buffer.from(bytes),
      headers: { traceparent: given.get("traceparent"), "event-type": "image/png" },
    });
  });

  test("a message waits for a function without a ready pod as long as a call may take, then it is dropped and counted", async () => {
    const subject = newSubject();
    const target = await serveFunction();
    const bound = bind({ topic: subject, delivery: { timeoutSeconds: 1 } }, undefined);
    await bound.connected;
    connection.publish(subject, "gone");
    await expect.poll(() => bound.dropped.count, { timeout: 5_000 }).toBe(1);
    connection.publish(subject, "waits");
    await expect.poll(() => bound.binding.counts().queued).toBe(1);
    bound.binding.setEndpoints([target.endpoint]);
    await target.received(1);
    expect(target.calls[0]?.body).toBe("waits");
  });

  test("what comes while 8 MiB wait is dropped and counted, and the rest arrives", async () => {
    const subject = newSubject();
    const bound = bind({ topic: subject }, undefined);
    await bound.connected;
    const half = new Uint8Array(512 * 1024);
    for (let index = 0; index < 20; index += 1) connection.publish(subject, half);
    await connection.flush();
    await expect.poll(() => bound.dropped.count).toBe(5);
    const target = await serveFunction();
    bound.binding.setEndpoints([target.endpoint]);
    await target.received(15);
  });

  test.each(Array.from({ length: 10 }, (_, leave) => leave))(
    "nothing is lost when one of two replicas leaves (%i)",
    async () => {
      const subject = newSubject();
      const target = await serveFunction();
      const leaving = bind({ topic: subject }, target);
      await Promise.all([leaving.connected, bind({ topic: subject }, target).connected]);
      let sent = 0;
      let left = false;
      const closing = leaving.close().then(() => {
        left = true;
      });
      while (!left) {
        connection.publish(subject, String(sent));
        sent += 1;
        await connection.flush();
      }
      await closing;
      await expect.poll(() => target.calls.length, { timeout: 10_000 }).toBe(sent);
    },
  );

  test("closing leaves nothing behind, and what is sent then is not delivered", async () => {
    const subject = newSubject();
    const target = await serveFunction();
    const bound = bind({ topic: subject }, target);
    await bound.connected;
    await bound.close();
    await expect(connection.request(subject, "x", { timeout: 1_000 })).rejects.toThrow("503");
    expect(target.calls).toEqual([]);
  });
});

describe.skipIf(servers === undefined)("a JetStream stream (NATS_SERVERS)", () => {
  let connection: NatsConnection;
  let manager: JetStreamManager;
  beforeAll(async () => {
    connection = await connect({ servers: servers?.split(",") ?? [] });
    manager = await connection.jetstreamManager();
  });
  afterAll(() => connection.close());

  const newStream = async () => {
    const name = `S${crypto.randomUUID()}`;
    await manager.streams.add({ name, subjects: [`${name}.>`] });
    return name;
  };
  const send = async (stream: string, count: number, subject = (_index: number) => "a") => {
    for (let index = 0; index < count; index += 1)
      await connection.jetstream().publish(`${stream}.${subject(index)}`, String(index));
  };
  const read = (stream: string, more: object = {}, jetStream: object = {}) => ({
    topic: `${stream}.>`,
    jetStream: { stream, deliverPolicy: "all", ...jetStream },
    ...more,
  });

  test.each([
    ["atMostOnce", "none"],
    ["atMostOnce", "key"],
    ["atMostOnce", "partition"],
    ["atLeastOnce", "none"],
    ["atLeastOnce", "key"],
    ["atLeastOnce", "partition"],
  ] as const)(
    "%s, order by %s: every message reaches the function once, and is acknowledged",
    async (guarantee, ordering) => {
      const stream = await newStream();
      const target = await serveFunction();
      bind(read(stream, { delivery: { guarantee, ordering } }), target);
      await send(stream, 200, (index) => `k${index % 3}`);
      await target.received(200);
      expect(new Set(target.calls.map(({ id }) => id)).size).toBe(200);
      if (ordering !== "none")
        for (const key of [0, 1, 2]) {
          const bodies = target.calls.map(({ body }) => Number(body)).filter((body) => body % 3 === key);
          expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
        }
      const durable = `default_orders_hello_${stream}`;
      await expect
        .poll(async () => {
          const { num_pending, num_ack_pending, ack_floor } = await manager.consumers.info(stream, durable);
          return { num_pending, num_ack_pending, floor: ack_floor.stream_seq };
        })
        .toEqual({ num_pending: 0, num_ack_pending: 0, floor: 200 });
      expect(target.calls).toHaveLength(200);
    },
  );

  test("tells subject, stream and sequence; the id is the position", async () => {
    const stream = await newStream();
    const target = await serveFunction();
    bind(read(stream), target);
    await send(stream, 1);
    await target.received(1);
    expect(target.calls[0]?.headers).toMatchObject({
      "event-id": `${stream}:1`,
      "ce-subject": `${stream}.a`,
      "ce-stream": stream,
      "ce-sequence": "1",
    });
  });

  test.each([
    ["all", {}, ["0", "1", "2", "3", "new"]],
    ["new", {}, ["new"]],
    ["last", {}, ["3", "new"]],
    ["lastPerSubject", {}, ["2", "3", "new"]],
    ["byStartSequence", { startSequence: 3 }, ["2", "3", "new"]],
  ] as const)(
    "a durable of deliverPolicy %s is fixed when it is open",
    async (deliverPolicy, more, bodies) => {
      const stream = await newStream();
      await send(stream, 4, (index) => `k${index % 2}`);
      const target = await serveFunction();
      await bind(read(stream, {}, { deliverPolicy, ...more }), target).connected;
      await connection.jetstream().publish(`${stream}.k0`, "new");
      await target.received(bodies.length);
      expect(target.calls.map(({ body }) => body).toSorted()).toEqual([...bodies].toSorted());
    },
  );

  test("byStartTime begins with what came at that time or later", async () => {
    const stream = await newStream();
    await send(stream, 1);
    const first = await manager.streams.getMessage(stream, { seq: 1 });
    await expect.poll(() => Date.now()).toBeGreaterThan(first.time.getTime() + 1);
    await connection.jetstream().publish(`${stream}.a`, "1");
    const { time } = await manager.streams.getMessage(stream, { seq: 2 });
    const target = await serveFunction();
    const jetStream = { deliverPolicy: "byStartTime", startTime: time.toISOString() };
    bind(read(stream, {}, jetStream), target);
    await target.received(1);
    expect(target.calls[0]?.body).toBe("1");
  });

  test("a binding that is opened again goes on where it stopped, under the given durable's name", async () => {
    const stream = await newStream();
    const spec = read(stream, { delivery: { guarantee: "atLeastOnce" } }, { durable: "mine" });
    const first = await serveFunction();
    const bound = bind(spec, first);
    await send(stream, 5);
    await first.received(5);
    await bound.close();
    await send(stream, 5);
    const second = await serveFunction();
    bind(spec, second);
    await second.received(5);
    expect(second.calls.map(({ id }) => Number(id.split(":")[1])).toSorted((a, b) => a - b)).toEqual([
      6, 7, 8, 9, 10,
    ]);
    expect((await manager.consumers.info(stream, `mine_hello_${stream}`)).num_waiting).toBeGreaterThan(0);
  });

  test("two replicas share a durable: each message is delivered once", async () => {
    const stream = await newStream();
    const spec = read(stream, { delivery: { guarantee: "atLeastOnce" } });
    const [one, other] = await Promise.all([serveFunction(), serveFunction()]);
    await bind(spec, one).connected;
    await bind(spec, other).connected;
    await send(stream, 400);
    await expect.poll(() => one.calls.length + other.calls.length, { timeout: 10_000 }).toBe(400);
    expect(new Set([...one.calls, ...other.calls].map(({ id }) => id)).size).toBe(400);
    expect(Math.min(one.calls.length, other.calls.length)).toBeGreaterThan(20);
  });

  test("a failing message becomes a dead letter with its bytes and headers, and why", async () => {
    const stream = await newStream();
    const dead = await newStream();
    const target = await serveFunction((body) => (body === "bad" ? 500 : 200));
    bind(
      read(stream, {
        delivery: {
          guarantee: "atLeastOnce",
          retry: { maxAttempts: 2, minBackoffMs: 1, maxBackoffMs: 2 },
          deadLetter: { subject: `${dead}.letters` },
        },
      }),
      target,
    );
    const given = headers();
    given.append("X-Kind", "order");
    given.append("X-Kind", "vip");
    given.set("Nats-Msg-Id", "original");
    await connection.jetstream().publish(`${stream}.a`, "bad", { headers: given });
    await send(stream, 1);
    await target.received(3);
    await expect.poll(async () => (await manager.streams.info(dead)).state.messages).toBe(1);
    const letter = await manager.streams.getMessage(dead, { seq: 1 });
    expect(letter.string()).toBe("bad");
    expect(letter.header.values("X-Kind")).toEqual(["order", "vip"]);
    expect(letter.header.get("kubeless-event-id")).toBe(`${stream}:1`);
    expect(letter.header.get("kubeless-reason")).toBe("RetriesExhausted");
    expect(letter.header.get("Nats-Msg-Id")).toBe(`default/orders/hello/${stream}:1`);
  });

  test("a dead letter that no stream keeps holds its message, and says so", async () => {
    const stream = await newStream();
    const target = await serveFunction(() => 404);
    const { holds } = bind(
      read(stream, {
        delivery: { guarantee: "atLeastOnce", deadLetter: { subject: `nobody.${crypto.randomUUID()}` } },
      }),
      target,
    );
    await send(stream, 1);
    await expect.poll(() => holds.at(-1)?.message).toContain("no stream keeps the subject nobody.");
    expect((await manager.consumers.info(stream, `default_orders_hello_${stream}`)).num_ack_pending).toBe(1);
  });

  test("a dead letter that is larger than servers take holds its message, and says what to do", async () => {
    const [stream, dead] = [await newStream(), await newStream()];
    const delivery = { guarantee: "atLeastOnce", deadLetter: { subject: `${dead}.a` } };
    const { holds } = bind(read(stream, { delivery }), await serveFunction(() => 400));
    const { max_payload: most = 0 } = connection.info ?? {};
    await connection.jetstream().publish(`${stream}.a`, new Uint8Array(most));
    await expect.poll(() => holds[0]?.message).toContain("larger than the servers' max_payload: raise that");
  });

  test("a stream that is not there is waited for, and never made", async () => {
    const stream = `S${crypto.randomUUID()}`;
    const target = await serveFunction();
    const { faults } = bind(read(stream), target);
    await expect
      .poll(() => faults[0])
      .toEqual({
        reason: "TopicNotFound",
        message: `There is no stream ${stream}: it is waited for; make it, or correct spec.jetStream.stream.`,
      });
    await expect(manager.streams.info(stream)).rejects.toThrow("stream not found");
    await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
    await send(stream, 1);
    await target.received(1);
  });

  test("another subject of the same stream is read by the same durable", async () => {
    const stream = await newStream();
    const first = await serveFunction();
    const bound = bind({ ...read(stream), topic: `${stream}.a` }, first);
    await send(stream, 2, (index) => (index === 0 ? "a" : "b"));
    await first.received(1);
    await bound.close();
    const second = await serveFunction();
    await bind({ ...read(stream), topic: `${stream}.b` }, second).connected;
    await send(stream, 1, () => "b");
    await second.received(1);
    expect(
      (await manager.consumers.info(stream, `default_orders_hello_${stream}`)).config.filter_subject,
    ).toBe(`${stream}.b`);
  });

  test("a consumer of that name that is another kind of consumer is left alone, and told of", async () => {
    const stream = await newStream();
    const durable_name = `default_orders_hello_${stream}`;
    await manager.consumers.add(stream, { durable_name, ack_policy: "none" as never });
    const { faults } = bind(read(stream), await serveFunction());
    await expect.poll(() => faults[0]?.message).toContain(`There is a consumer ${durable_name} already`);
  });

  test("a consumer that is deleted, and a stream that is made anew, are opened again", async () => {
    const stream = await newStream();
    const target = await serveFunction();
    const bound = bind(read(stream, { delivery: { guarantee: "atLeastOnce" } }), target);
    await bound.connected;
    await manager.consumers.delete(stream, `default_orders_hello_${stream}`);
    await expect.poll(() => bound.rebuilt.length, { timeout: 10_000 }).toBe(1);
    await send(stream, 1);
    await target.received(1);
    await manager.streams.delete(stream);
    await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
    await send(stream, 1);
    await target.received(2);
  }, 30_000);

  test("a consumer that somebody changes by hand is changed back", async () => {
    const stream = await newStream();
    const target = await serveFunction();
    const bound = bind(read(stream, { delivery: { guarantee: "atLeastOnce" } }), target);
    await bound.connected;
    await manager.consumers.update(stream, `default_orders_hello_${stream}`, {
      max_deliver: 1,
      filter_subject: `${stream}.nothing`,
    });
    const rebuilt = [`The consumer default_orders_hello_${stream} was changed by hand.`];
    await expect.poll(() => bound.rebuilt, { timeout: 20_000 }).toEqual(rebuilt);
    await expect
      .poll(async () => (await manager.consumers.info(stream, `default_orders_hello_${stream}`)).config)
      .toMatchObject({ max_deliver: -1, filter_subject: `${stream}.>` });
    await send(stream, 1);
    await target.received(1);
  }, 30_000);

  test("messages larger than a pull, and more than fit into memory, all arrive", async () => {
    const stream = await newStream();
    const target = await serveFunction();
    const large = new Uint8Array(1024 * 1024);
    for (let index = 0; index < 20; index += 1) await connection.jetstream().publish(`${stream}.a`, large);
    bind(read(stream, { delivery: { guarantee: "atLeastOnce", maxInFlight: 2 } }), target);
    await target.received(20);
    expect(new Set(target.calls.map(({ id }) => id)).size).toBe(20);
  });

  test("a slow function's messages are given to nobody else", async () => {
    const stream = await newStream();
    const spec = read(stream, { delivery: { guarantee: "atLeastOnce" } });
    const target = await serveFunction();
    const { binding } = bind(spec, undefined);
    await send(stream, 10);
    await expect.poll(() => binding.counts().queued).toBe(10);
    const { num_redelivered } = await manager.consumers.info(stream, `default_orders_hello_${stream}`);
    binding.setEndpoints([target.endpoint]);
    await target.received(10);
    expect(num_redelivered).toBe(0);
  });

  test.each([
    ["atMostOnce", "none"],
    ["atMostOnce", "partition"],
    ["atLeastOnce", "none"],
    ["atLeastOnce", "key"],
    ["atLeastOnce", "partition"],
  ] as const)(
    "%s, order by %s: what was on its way when the connection broke comes once, in order",
    async (guarantee, ordering) => {
      const stream = await newStream();
      const target = await serveFunction();
      const proxy = await startLossyProxy(servers?.split(",")[0] ?? "");
      const spec = read(stream, { delivery: { guarantee, ordering } });
      await bind(spec, target, { servers: proxy.address }).connected;
      await send(stream, 5);
      await target.received(5);
      proxy.lose();
      await send(stream, 5);
      const durable = `default_orders_hello_${stream}`;
      await expect
        .poll(async () => (await manager.consumers.info(stream, durable)).delivered.stream_seq)
        .toBe(10);
      proxy.cut();
      await send(stream, 5);
      await target.received(15);
      const sequences = target.calls.map(({ id }) => Number(id.split(":")[1]));
      const ascending = Array.from({ length: 15 }, (_, index) => index + 1);
      expect(ordering === "none" ? sequences.toSorted((a, b) => a - b) : sequences).toEqual(ascending);
      await expect
        .poll(async () => (await manager.consumers.info(stream, durable)).ack_floor.stream_seq)
        .toBe(15);
    },
    60_000,
  );

  test.each(["none", "partition"] as const)(
    "order by %s: what of a former topic is given out again is left in the stream",
    async (ordering) => {
      const stream = await newStream();
      const target = await serveFunction();
      const of = (topic: string) => ({
        ...read(stream, { delivery: { guarantee: "atLeastOnce", ordering } }),
        topic: `${stream}.${topic}`,
      });
      const former = bind(of("a"), undefined);
      await send(stream, 3);
      await expect.poll(() => former.binding.counts().queued).toBe(3);
      await former.close();
      bind(of("b"), target);
      await send(stream, 3, () => "b");
      await target.received(3);
      expect(target.calls.map(({ headers }) => headers["ce-subject"])).toEqual(Array(3).fill(`${stream}.b`));
      expect((await manager.streams.info(stream)).state.messages).toBe(6);
    },
    30_000,
  );
});
