import type { BrokerOperation, BrokerReply, BrokerRequest } from "@kubeless/api-types";
import { connect, headers, type JetStreamManager, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bind } from "./fixtures/bind.ts";
import { startConfiguredServer, tools } from "./fixtures/nats-server.ts";
import { serveFunction } from "./fixtures/target.ts";
import { natsBroker } from "./nats-broker.ts";

const servers = process.env.NATS_SERVERS;
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe.skipIf(servers === undefined)("NATS servers that are asked by a person (NATS_SERVERS)", () => {
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

  test("publish gives the position in the stream that keeps the subject", async () => {
    const stream = await newStream();
    const [first, second] = [
      { body: base64("1"), headers: { Kind: "order" } },
      { body: base64("2"), headers: {} },
    ];
    const operation: BrokerOperation = { do: "publish", target: `${stream}.a`, messages: [first, second] };
    expect(await ask(operation)).toEqual([
      { item: { id: `${stream}:1` } },
      { item: { id: `${stream}:2` } },
      { end: true },
    ]);
    const stored = await manager.streams.getMessage(stream, { seq: 1 });
    expect([stored.string(), stored.header.get("Kind")]).toEqual(["1", "order"]);
  });

  test("publish to a subject that no stream keeps reaches who listens", async () => {
    const subject = `s${crypto.randomUUID()}`;
    const listening = connection.subscribe(subject, { max: 1 });
    await connection.flush();
    const operation: BrokerOperation = {
      do: "publish",
      target: subject,
      messages: [{ body: base64("hi"), headers: {} }],
    };
    expect(await ask(operation)).toEqual([{ item: { id: subject } }, { end: true }]);
    for await (const message of listening) expect(message.string()).toBe("hi");
  });

  test.each([
    [
      "a key",
      { target: "a", messages: [{ key: base64("k"), body: "", headers: {} }] },
      "NATS messages have no key",
    ],
    ["a wildcard", { target: "a.*", messages: [{ body: "", headers: {} }] }, "without spaces, * and >"],
    ["no subject", { target: " ", messages: [{ body: "", headers: {} }] }, "without spaces, * and >"],
    ...["", "a..b", ".a", "a."].map(
      (target): [string, Omit<Extract<BrokerOperation, { do: "publish" }>, "do">, string] => [
        `nothing between dots (${JSON.stringify(target)})`,
        { target, messages: [{ body: "", headers: {} }] },
        "something between its dots",
      ],
    ),
    [
      "more than the servers take",
      { target: "a", messages: [{ body: Buffer.alloc(2 * 1024 * 1024).toString("base64"), headers: {} }] },
      "larger than the servers take",
    ],
  ])("publish with %s is refused with a sentence", async (_what, more, sentence) => {
    const [reply] = await ask({ do: "publish", ...more });
    expect(reply).toEqual({ fault: expect.stringContaining(sentence) });
  });

  test("servers that do not answer are told of", async () => {
    const operation: BrokerOperation = { do: "publish", target: "a", messages: [{ body: "", headers: {} }] };
    expect(await ask(operation, { environment: { NATS_URL: "127.0.0.1:1" } })).toEqual([
      { fault: expect.stringContaining("The servers cannot be reached"), isUnreached: true },
    ]);
  });

  describe("dead letters", () => {
    /** A stream with three messages that the function refused, and one that is somebody else's. */
    async function failThree() {
      const [stream, dead] = [await newStream(), await newStream()];
      const delivery = { guarantee: "atLeastOnce", deadLetter: { subject: `${dead}.letters` } };
      const spec = { topic: `${stream}.>`, jetStream: { stream, deliverPolicy: "all" }, delivery };
      const state = { mended: false };
      const target = await serveFunction((body) => (body.startsWith("bad") && !state.mended ? 400 : 200));
      bind(spec, target, { servers });
      const given = headers();
      given.append("X-Shop", "north");
      given.append("X-Shop", "south");
      for (const body of ["bad 1", "bad 2", "bad 3"])
        await connection.jetstream().publish(`${stream}.b`, body, { headers: given });
      const letters = async () => (await manager.streams.info(dead)).state.messages;
      await expect.poll(letters, { timeout: 10_000 }).toBe(3);
      const foreign = headers();
      foreign.set("kubeless-trigger", "default/other");
      await connection.jetstream().publish(`${dead}.letters`, "not ours", { headers: foreign });
      const object = {
        apiVersion: "kubeless.io/v1beta1",
        kind: "NATSTrigger",
        metadata: { name: "orders" },
        spec: { functionSelector: { matchLabels: { function: "hello" } }, ...spec },
      };
      return { stream, dead, target, state, letters, object };
    }

    test("are listed and shown with what they hold", async () => {
      const { dead, stream, object } = await failThree();
      const listed = await ask({ do: "listDeadLetters", limit: 2 }, { object });
      expect(listed).toMatchObject([
        {
          item: {
            id: `${dead}:1`,
            body: base64("bad 1"),
            headers: { "x-shop": "north,south", "kubeless-reason": "Refused" },
          },
        },
        { item: { id: `${dead}:2` } },
        { end: true },
      ]);
      expect(await ask({ do: "showDeadLetter", id: `${dead}:3` }, { object })).toMatchObject([
        { item: { body: base64("bad 3"), headers: { "kubeless-subject": `${stream}.b` } } },
        { end: true },
      ]);
      for (const id of [`${dead}:4`, `${dead}:9`])
        expect(await ask({ do: "showDeadLetter", id }, { object })).toEqual([
          { fault: expect.stringContaining(`There is no dead letter ${id} of this trigger`) },
        ]);
      expect(await ask({ do: "showDeadLetter", id: "x" }, { object })).toEqual([
        { fault: `"x" is no position in ${dead}, as ${dead}:12 is.` },
      ]);
    });

    test("are sent again to the subject they came from, once, and are gone then", async () => {
      const { dead, stream, object, state, target, letters } = await failThree();
      state.mended = true;
      expect(await ask({ do: "redriveDeadLetters", ids: [`${dead}:2`] }, { object })).toEqual([
        { item: { id: `${dead}:2`, sentAs: `${stream}:4` } },
        { end: true },
      ]);
      expect(await ask({ do: "redriveDeadLetters", ids: [] }, { object })).toEqual([
        { item: { id: `${dead}:1`, sentAs: `${stream}:5` } },
        { item: { id: `${dead}:3`, sentAs: `${stream}:6` } },
        { end: true },
      ]);
      expect(await ask({ do: "redriveDeadLetters", ids: [] }, { object })).toEqual([{ end: true }]);
      await target.received(6);
      expect(target.calls.slice(3).map(({ body }) => body)).toEqual(["bad 2", "bad 1", "bad 3"]);
      const again = await manager.streams.getMessage(stream, { seq: 5 });
      expect(again.header.values("X-Shop")).toEqual(["north", "south"]);
      expect(again.subject).toBe(`${stream}.b`);
      expect(await letters()).toBe(1);
    });

    test("that two people send again at the same time reach the function once", async () => {
      const { target, state, letters, object } = await failThree();
      state.mended = true;
      const redrive: BrokerOperation = { do: "redriveDeadLetters", ids: [] };
      const both = await Promise.all([ask(redrive, { object }), ask(redrive, { object })]);
      expect(both.map((replies) => replies.at(-1))).toEqual([{ end: true }, { end: true }]);
      await target.received(6);
      expect(target.calls.slice(3).map(({ body }) => body)).toEqual(["bad 1", "bad 2", "bad 3"]);
      expect(await letters()).toBe(1);
    });

    test("stay where they are while the stream that they came from is gone, and a sentence says so", async () => {
      const { stream, dead, letters, object } = await failThree();
      await manager.streams.delete(stream);
      expect(await ask({ do: "redriveDeadLetters", ids: [] }, { object })).toEqual([
        {
          fault: `${dead}:1 could not be sent: no stream keeps the subject ${stream}.b. Make one, and send it again then.`,
        },
      ]);
      expect(await letters()).toBe(4);
    });

    test("are deleted on demand, and those of others are not", async () => {
      const { dead, object, letters } = await failThree();
      expect(await ask({ do: "purgeDeadLetters" }, { object })).toEqual([
        { item: { count: 3 } },
        { end: true },
      ]);
      expect(await letters()).toBe(1);
      expect((await manager.streams.getMessage(dead, { seq: 4 })).string()).toBe("not ours");
    });

    test("of a trigger that names no place, or one that no stream keeps, are a sentence", async () => {
      const { object } = await failThree();
      const without = { ...object, spec: { ...object.spec, delivery: { guarantee: "atLeastOnce" } } };
      expect(await ask({ do: "listDeadLetters", limit: 1 }, { object: without })).toEqual([
        { fault: expect.stringContaining("names no place for dead letters") },
      ]);
      const nowhere = { guarantee: "atLeastOnce", deadLetter: { subject: "nobody.keeps.this" } };
      expect(
        await ask(
          { do: "listDeadLetters", limit: 1 },
          { object: { ...object, spec: { ...object.spec, delivery: nowhere } } },
        ),
      ).toEqual([{ fault: expect.stringContaining("No stream keeps the subject nobody.keeps.this") }]);
    });
  });
});

describe.skipIf(tools === "")("NATS servers that refuse a right (KUBELESS_TEST_TOOLS)", () => {
  test("publish to a subject that the user may not send to is refused, though nobody answers it", async () => {
    const { address } = await startConfiguredServer(
      `authorization { users: [ { user: u, password: p, permissions: { publish: ["ok", "_INBOX.>", "$JS.>"] } } ] }`,
    );
    const environment = { NATS_URL: `nats://u:p@${address}` };
    const publish = (target: string): BrokerOperation => ({
      do: "publish",
      target,
      messages: [{ body: "", headers: {} }],
    });
    expect(await ask(publish("ok"), { environment })).toEqual([{ item: { id: "ok" } }, { end: true }]);
    expect(await ask(publish("secret"), { environment })).toEqual([
      { fault: expect.stringContaining("refused the login or a right of it"), isUnreached: true },
    ]);
  });
});

interface Asked {
  readonly object?: { readonly metadata: { readonly name: string }; readonly spec: object };
  readonly environment?: Readonly<Record<string, string>>;
}

function ask(
  operation: BrokerOperation,
  { object, environment = { NATS_URL: servers ?? "" } }: Asked = {},
): Promise<BrokerReply[]> {
  const request: BrokerRequest = {
    namespace: "default",
    trigger: object?.metadata.name,
    spec: {},
    operation,
  };
  return Array.fromAsync(
    natsBroker.answer(request, {
      environment,
      trigger: async () => object,
      secret: () => Promise.reject(new Error("no Secrets here")),
      signal: new AbortController().signal,
    }),
  );
}
