import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readAggregate, writeAggregate } from "./aggregated-record.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** As a producer packs it: two keys, three records, an explicit hash key and a tag, with the digest behind. */
function packed(message: string): Buffer {
  const bytes = Buffer.from(message.replaceAll(" ", ""), "hex");
  const digest = createHash("md5").update(bytes).digest();
  return Buffer.concat([Buffer.from("f3899ac2", "hex"), bytes, digest]);
}

const twoKeys = "0a016b 0a026b32";
const hashKey = "120131";

describe("a record that the Kinesis Producer Library aggregated", () => {
  test("is the records in it, in order, each with its partition key", () => {
    const records = readAggregate(
      packed(`${twoKeys} ${hashKey} 1a05 0800 1a01 61 1a07 0801 1000 1a01 62 1a04 0800 1a00`),
    );
    expect(records?.map(({ partitionKey, data }) => [partitionKey, text(data)])).toEqual([
      ["k", "a"],
      ["k2", "b"],
      ["k", ""],
    ]);
  });

  test("keeps tags", () => {
    const [record] = readAggregate(packed("0a016b 1a0d 0800 1a0161 2206 0a0174 120176")) ?? [];
    expect(record?.tags).toEqual({ t: "v" });
  });

  test("is passed over where a field is new, and read where it is known", () => {
    expect(readAggregate(packed("0a016b 2801 1a05 0800 1a01 61"))?.length).toBe(1);
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["a text", Buffer.from("hello, this is longer than a digest and a magic number")],
    ["only the magic number", Buffer.from("f3899ac2", "hex")],
    ["a wrong digest", Buffer.concat([packed("0a016b").subarray(0, -1), Buffer.of(0)])],
    ["a record of a key that is not there", packed("0a016b 1a05 0801 1a01 61")],
    ["a record without data", packed("0a016b 1a02 0800")],
    ["a field that is longer than the message", packed("0a7f6b")],
    ["a number that does not end", packed("ff".repeat(20))],
    ["a field of an unknown wire type", packed("0d00000000")],
    ["a key that is no UTF-8", packed("0a01ff 1a05 0800 1a01 61")],
  ])("%s is none", (_, data) => {
    expect(readAggregate(data)).toBeUndefined();
  });

  test("holds what it was written with, whatever that is", () => {
    const record = {
      partitionKey: "Schlüssel",
      data: Uint8Array.from({ length: 100_000 }, (_, index) => index % 256),
      tags: { "kubeless-cause": "Sie sagte: nein.", empty: "" },
    };
    const [read] = readAggregate(writeAggregate([record])) ?? [];
    expect(read).toEqual({ ...record, data: expect.anything() });
    expect(Buffer.from(read?.data ?? []).equals(record.data)).toBe(true);
  });
});
