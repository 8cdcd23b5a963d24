import { describe, expect, it } from "vitest";
import { serve } from "./fixtures/served.ts";
import type { FunctionEvent } from "./function.ts";

const attributes = {
  specversion: "1.0",
  id: "a-1",
  source: "/shop/é",
  type: "order.made",
  time: "2030-01-01T00:00:00Z",
};

/** All that a function can see of an event. */
function seen(event: FunctionEvent): unknown {
  const { headers, body } = event.extensions.request;
  const ce = Object.fromEntries(Object.entries(headers).filter(([name]) => /^ce-|^content-type/.test(name)));
  return { ...event, data: event.data, extensions: undefined, ce, body: body.toString("base64") };
}

function event(more: object): string {
  return JSON.stringify({ ...attributes, ...more });
}

async function send(headers: Record<string, string>, body: string): Promise<Response> {
  const { url } = await serve(seen);
  return fetch(url, { method: "POST", headers, body });
}

const binary = {
  "ce-specversion": "1.0",
  "ce-id": "a-1",
  "ce-source": "/shop/%C3%A9",
  "ce-type": "order.made",
  "ce-time": "2030-01-01T00:00:00Z",
  "ce-extra": "5",
};

describe("a CloudEvent", () => {
  const contents: readonly [what: string, type: string, body: string, structured: Record<string, unknown>][] =
    [
      ["JSON", "application/json", '{"n":1}', { datacontenttype: "application/json", data: { n: 1 } }],
      ["+json", "application/x+json", '{"n":1}', { datacontenttype: "application/x+json", data: { n: 1 } }],
      ["text", "text/plain", "hello", { datacontenttype: "text/plain", data: "hello" }],
      [
        "bytes",
        "application/octet-stream",
        "hello",
        { datacontenttype: "application/octet-stream", data_base64: "aGVsbG8=" },
      ],
    ];

  it.each(contents)(
    "with %s is the same event in binary and in structured mode",
    async (_what, type, body, content) => {
      const one = await send({ ...binary, "content-type": type }, body);
      const structured = { "content-type": "application/cloudevents+json; charset=utf-8" };
      const other = await send(structured, JSON.stringify({ ...attributes, extra: 5, ...content }));
      const event = await one.json();
      expect(await other.json()).toEqual(event);
      expect(event).toMatchObject({
        "event-id": "a-1",
        "event-type": "order.made",
        "event-time": "2030-01-01T00:00:00Z",
        "event-namespace": "/shop/é",
        data: body.startsWith("{") ? { n: 1 } : "hello",
      });
    },
  );

  it("keeps Kubeless' own headers where both came", async () => {
    const event = await (
      await send({ ...binary, "event-type": "application/json", "content-type": "text/plain" }, "x")
    ).json();
    expect(event).toMatchObject({ "event-type": "application/json", "event-id": "a-1" });
  });

  it("in a batch is an item of the list that is event.data", async () => {
    const batch = [
      { ...attributes, data: 1 },
      { ...attributes, id: "a-2", data: 2 },
    ];
    const response = await send(
      { "content-type": "application/cloudevents-batch+json" },
      JSON.stringify(batch),
    );
    expect(await response.json()).toMatchObject({ data: batch });
  });

  const refused: readonly [what: string, type: string, body: string, status: number, message: RegExp][] = [
    ["no JSON", "application/cloudevents+json", "{", 400, /BAD_CLOUD_EVENT/],
    ["no object", "application/cloudevents+json", "[]", 400, /not an object/],
    ["no attributes", "application/cloudevents+json", '{"id":""}', 400, /no specversion, id, source, type/],
    [
      "a content type that is no text",
      "application/cloudevents+json",
      event({ datacontenttype: 5 }),
      400,
      /datacontenttype/,
    ],
    [
      "bytes that are no base64",
      "application/cloudevents+json",
      event({ data_base64: 5 }),
      400,
      /data_base64/,
    ],
    [
      "text that is no base64",
      "application/cloudevents+json",
      event({ data_base64: "a?b=" }),
      400,
      /data_base64/,
    ],
    [
      "base64 that is cut off",
      "application/cloudevents+json",
      event({ data_base64: "aGVsb" }),
      400,
      /data_base64/,
    ],
    ["a batch that is none", "application/cloudevents-batch+json", "{}", 400, /a batch is an array/],
    ["a batch with a bad item", "application/cloudevents-batch+json", "[null]", 400, /event 0 of the batch/],
    [
      "a batch with bad bytes",
      "application/cloudevents-batch+json",
      `[${event({})},${event({ data_base64: {} })}]`,
      400,
      /event 1 of the batch.*data_base64/,
    ],
    ["a format we cannot read", "application/cloudevents+avro", "x", 415, /FORMAT_UNSUPPORTED.*avro/],
  ];

  it.each(refused)("with %s is refused", async (_what, type, body, status, message) => {
    const response = await send({ "content-type": type }, body);
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(message)]);
  });

  it("with fields that are null has none of these", async () => {
    const nothing = { datacontenttype: null, data_base64: null, subject: null };
    const type = { "content-type": "application/cloudevents+json" };
    const response = await send(type, event({ ...nothing, data: { n: 1 } }));
    expect(await response.json()).toMatchObject({
      data: { n: 1 },
      ce: { "content-type": "application/json" },
    });
  });

  it("cannot smuggle a header in by an attribute's name", async () => {
    const body = JSON.stringify({ ...attributes, "x\r\nevil": "1", __proto__x: 1, Authorization: "no" });
    const { ce } = (await (await send({ "content-type": "application/cloudevents+json" }, body)).json()) as {
      ce: object;
    };
    expect(Object.keys(ce).sort()).toEqual([
      "ce-id",
      "ce-source",
      "ce-specversion",
      "ce-time",
      "ce-type",
      "content-type",
    ]);
  });
});
