import { type BrokerReply, type BrokerRequest, deadLetterHeaders } from "@kubeless/api-types";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { SourceError } from "../source.ts";
import { memorySource } from "../testing/fixtures/memory-broker.ts";
import { type BrokerAdmin, BrokerError, type DeadLetter } from "./broker-admin.ts";
import { createBroker } from "./create-broker.ts";
import { isForAnother, toRedriven } from "./to-redriven.ts";

const letter: DeadLetter = {
  id: "dead:0:1",
  time: new Date(0),
  key: Buffer.from([255]),
  headers: {
    shop: "north",
    [deadLetterHeaders.trigger]: "default/orders",
    [deadLetterHeaders.function]: "bill",
    [deadLetterHeaders.reason]: "Refused",
  },
  body: Buffer.from([0, 254]),
};

describe("a broker's answers", () => {
  test("are a line for each item, bytes as base64, and an end", async () => {
    expect(await ask({ do: "listDeadLetters", limit: 1 })).toEqual([
      {
        item: {
          id: "dead:0:1",
          time: "1970-01-01T00:00:00.000Z",
          key: "/w==",
          headers: letter.headers,
          body: "AP4=",
        },
      },
      { end: true },
    ]);
  });

  test.each<[string, BrokerRequest["operation"], RegExp]>([
    ["what the broker cannot do", { do: "purgeDeadLetters" }, /deletes nothing on demand/],
    ["what it has none of", { do: "listTopics" }, /no topics/],
    ["what is not there", { do: "showDeadLetter", id: "dead:0:2" }, /There is no dead letter dead:0:2/],
    ["what the broker refuses", { do: "publish", target: "t", messages: [] }, /too large/],
  ])("end with a fault in a sentence: %s", async (_, operation, sentence) => {
    expect((await ask(operation)).at(-1)).toEqual({ fault: expect.stringMatching(sentence) });
  });

  test("a trigger that is not there, or not valid, is a fault", async () => {
    expect(await ask({ do: "listTopics" }, "ghost")).toEqual([
      { fault: "There is no KafkaTrigger ghost in namespace default." },
    ]);
    expect(await ask({ do: "listTopics" }, "broken")).toEqual([{ fault: expect.stringContaining("topic") }]);
  });

  test.each<[string, Error, object | undefined]>([
    [
      "of the client's own",
      new Error("socket"),
      { fault: "It cannot be reached: socket", isUnreached: true },
    ],
    ["of ours", new TypeError("undefined is not a function"), undefined],
  ])("an error %s is explained, or thrown", async (_, error, fault) => {
    const asked = ask({ do: "publish", target: "t", messages: [] }, undefined, {}, error);
    if (fault === undefined) await expect(asked).rejects.toThrow(error);
    else expect(await asked).toEqual([fault]);
  });

  test("a configuration that is wrong is a fault", async () => {
    expect(await ask({ do: "listTopics" }, undefined, { PORT: "x" })).toEqual([
      { fault: expect.stringContaining("PORT") },
    ]);
  });
});

describe("a redriven record", () => {
  test("has the bytes, key and headers of the first one, and says whom it is for", () => {
    expect(toRedriven(letter)).toEqual({
      key: letter.key,
      body: letter.body,
      headers: { shop: "north", "kubeless-redrive-for": "default/orders/bill" },
    });
  });

  test.each([
    ["default", "orders", "bill", false],
    ["default", "orders", "ship", true],
    ["other", "orders", "bill", true],
  ])("is passed over by other bindings: %s %s %s", (namespace, trigger, name, expected) => {
    const { headers } = toRedriven(letter);
    expect(isForAnother(headers, { namespace, trigger, function: name })).toBe(expected);
    expect(isForAnother({}, { namespace, trigger, function: name })).toBe(false);
  });
});

async function ask(
  operation: BrokerRequest["operation"],
  trigger?: string,
  environment: Record<string, string> = {},
  error: Error = new BrokerError("The message is too large."),
): Promise<BrokerReply[]> {
  const broker = createBroker({
    kind: memorySource().kind,
    config: z.object({ PORT: z.coerce.number().default(1) }),
    admin: adminThatThrows(error),
  });
  const stored: Record<string, object> = { broken: { metadata: { name: "broken" }, spec: {} } };
  const replies = broker.answer(
    { namespace: "default", trigger, spec: {}, operation },
    {
      environment,
      trigger: async (name) => stored[name],
      secret: async () => ({}),
      signal: new AbortController().signal,
    },
  );
  return Array.fromAsync(replies);
}

const adminThatThrows = (refusal: Error): BrokerAdmin<never, { PORT: number }> => ({
  explain: ({ message }) =>
    message === "socket"
      ? new SourceError("ConnectionFailed", `It cannot be reached: ${message}`)
      : undefined,
  open: async () => ({
    // biome-ignore lint/correctness/useYield: it refuses before it has sent anything.
    async *publish() {
      throw refusal;
    },
    deadLetters: {
      async *list() {
        yield letter;
        yield { ...letter, id: "dead:0:3" };
      },
      show: async (id) => (id === letter.id ? letter : undefined),
      async *redrive() {},
    },
    close: async () => undefined,
  }),
});
