import { describe, expect, test } from "vitest";
import {
  contentType,
  createEventHeaders,
  toDeadLetterHeaders,
  toGoTime,
  toHeaderValue,
} from "./event-headers.ts";
import type { SourceRecord } from "./source.ts";

const origin = { namespace: "default", trigger: "orders", plural: "kafkatriggers", source: "kafka" } as const;

function recordOf(more: Partial<SourceRecord> = {}): SourceRecord {
  return {
    id: "orders:3:42",
    time: new Date("2026-11-24T10:00:00.880Z"),
    headers: {},
    extensions: {},
    body: new TextEncoder().encode('{"a":1}'),
    lane: "3",
    position: 42,
    ...more,
  };
}

/** Of a call with this record, by name. */
function headersOf(record: SourceRecord): Record<string, string> {
  const list = createEventHeaders(origin)(record);
  const names = list.filter((_, at) => at % 2 === 0);
  expect(new Set(names).size).toBe(names.length);
  return Object.fromEntries(names.map((name, at) => [name, list[at * 2 + 1] ?? ""]));
}

describe("the headers of a call", () => {
  test("are Kubeless' and those of CloudEvents, with the position as the id of both", () => {
    expect(headersOf(recordOf({ extensions: { topic: "orders", partition: "3" } }))).toEqual({
      "content-type": "application/json",
      "event-id": "orders:3:42",
      "event-type": "application/json",
      "event-time": "2026-11-24 10:00:00.88 +0000 UTC",
      "event-namespace": "kafkatriggers.kubeless.io",
      "ce-specversion": "1.0",
      "ce-id": "orders:3:42",
      "ce-type": "io.kubeless.kafka.record",
      "ce-source": "/namespaces/default/kafkatriggers/orders",
      "ce-time": "2026-11-24T10:00:00.880Z",
      "ce-topic": "orders",
      "ce-partition": "3",
    });
  });

  test("pass trace context through, and none of the record's other headers", () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const headers = headersOf(recordOf({ headers: { traceparent, authorization: "Bearer x" } }));
    expect(headers.traceparent).toBe(traceparent);
    expect(headers).not.toHaveProperty("authorization");
  });

  test("leave out what is too long for a header, so that the record can be called", () => {
    const long = "k".repeat(3_000);
    const headers = headersOf(
      recordOf({
        headers: { tracestate: long, "content-type": long },
        extensions: { key: long, topic: "t" },
      }),
    );
    expect(headers).toMatchObject({ "content-type": "application/json", "ce-topic": "t" });
    expect(headers).not.toHaveProperty("ce-key");
    expect(headers).not.toHaveProperty("tracestate");
  });

  test("hold what no header may hold percent-encoded", () => {
    expect(toHeaderValue('key "é" 100%\r\nx: y')).toBe("key %22%C3%A9%22 100%25%0D%0Ax: y");
  });
});

describe("the time, as Kubeless' triggers sent it", () => {
  test.each([
    ["2018-05-18T05:40:42.880Z", "2018-05-18 05:40:42.88 +0000 UTC"],
    ["2018-05-18T05:40:42.000Z", "2018-05-18 05:40:42 +0000 UTC"],
    ["2018-05-18T05:40:42.007Z", "2018-05-18 05:40:42.007 +0000 UTC"],
  ])("%s is %s", (iso, expected) => {
    expect(toGoTime(new Date(iso).toISOString())).toBe(expected);
  });
});

describe("the content type", () => {
  const json = "application/json";
  const form = "application/x-www-form-urlencoded";

  test.each([
    ['{"a":1}', json],
    ["[1,2]", json],
    ['"text"', json],
    [" 12 ", json],
    ["-1.5e3", json],
    ["true", json],
    ["null", json],
    ["", form],
    ["{", form],
    ["hello", form],
    ["a=b", form],
    ["nullable", form],
  ])("of %j is %s", (body, expected) => {
    expect(contentType(recordOf({ body: new TextEncoder().encode(body) }))).toBe(expected);
  });

  test("of bytes that are no UTF-8 is not JSON", () => {
    expect(contentType(recordOf({ body: new Uint8Array([0x22, 0xff, 0x22]) }))).toBe(form);
  });

  test("is the record's own where it has one", () => {
    expect(contentType(recordOf({ headers: { "content-type": "application/avro" } }))).toBe(
      "application/avro",
    );
  });
});

test("a dead letter says where it comes from and why it is one", () => {
  const cause = {
    reason: "RetriesExhausted",
    message: "The function answered 500.",
    status: 500,
    attempts: 5,
  } as const;
  expect(toDeadLetterHeaders(origin, "hello", recordOf(), cause, new Date("2026-11-24T10:00:01Z"))).toEqual({
    "kubeless-event-id": "orders:3:42",
    "kubeless-trigger": "default/orders",
    "kubeless-function": "hello",
    "kubeless-reason": "RetriesExhausted",
    "kubeless-cause": "The function answered 500.",
    "kubeless-status": "500",
    "kubeless-attempts": "5",
    "kubeless-last-attempt": "2026-11-24T10:00:01.000Z",
  });
});
