import { createHash } from "node:crypto";
import { type Field, readFields, writeFields } from "./protobuf.ts";

/** One of the records that a producer packed into one record of the stream. */
export interface UserRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The format of the Kinesis Producer Library: these four bytes, a protobuf message, and the message's MD5.
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
const MAGIC = Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2);
const DIGEST_BYTES = 16;

const AGGREGATE = { partitionKey: 1, record: 3 };
const RECORD = { partitionKeyIndex: 1, data: 3, tag: 4 };
const TAG = { key: 1, value: 2 };

/**
 * The records in an aggregated one, in order; undefined when it is none, which is also what one is that only begins like
 * it (the digest differs, or the message is broken): its bytes are then delivered as they are.
 */
export function readAggregate(data: Uint8Array): UserRecord[] | undefined {
  if (!isLikeAggregate(data)) return undefined;
  const message = data.subarray(MAGIC.byteLength, data.byteLength - DIGEST_BYTES);
  if (!digestOf(message).equals(data.subarray(data.byteLength - DIGEST_BYTES))) return undefined;
  try {
    return toRecords(message);
  } catch {
    return undefined;
  }
}

/** Whether it begins as an aggregated record does. */
export function isLikeAggregate(data: Uint8Array): boolean {
  return data.byteLength > MAGIC.byteLength + DIGEST_BYTES && MAGIC.every((byte, at) => data[at] === byte);
}

/** One record of the stream that holds these. */
export function writeAggregate(records: readonly UserRecord[]): Uint8Array {
  const message = writeFields([
    ...records.map(({ partitionKey }) => ({
      number: AGGREGATE.partitionKey,
      value: Buffer.from(partitionKey),
    })),
    ...records.map((record, index) => ({ number: AGGREGATE.record, value: writeRecord(record, index) })),
  ]);
  return Buffer.concat([MAGIC, message, digestOf(message)]);
}

function writeRecord({ data, tags }: UserRecord, partitionKeyIndex: number): Uint8Array {
  return writeFields([
    { number: RECORD.partitionKeyIndex, value: partitionKeyIndex },
    { number: RECORD.data, value: data },
    ...Object.entries(tags).map(([key, value]) => ({
      number: RECORD.tag,
      value: writeFields([
        { number: TAG.key, value: Buffer.from(key) },
        { number: TAG.value, value: Buffer.from(value) },
      ]),
    })),
  ]);
}

function toRecords(message: Uint8Array): UserRecord[] {
  const fields = [...readFields(message)];
  const partitionKeys = allOf(fields, AGGREGATE.partitionKey).map(toText);
  return allOf(fields, AGGREGATE.record).map((record) => toRecord(toBytes(record), partitionKeys));
}

function toRecord(record: Uint8Array, partitionKeys: readonly string[]): UserRecord {
  const fields = [...readFields(record)];
  const [index] = allOf(fields, RECORD.partitionKeyIndex);
  const [data] = allOf(fields, RECORD.data);
  const partitionKey = typeof index === "number" ? partitionKeys[index] : undefined;
  if (partitionKey === undefined) throw new Error("A record of the message has no partition key.");
  const tags = allOf(fields, RECORD.tag).map((tag) => toTag(toBytes(tag)));
  return { partitionKey, data: toBytes(data), tags: Object.fromEntries(tags) };
}

function toTag(tag: Uint8Array): [string, string] {
  const fields = [...readFields(tag)];
  const [[key], [value]] = [allOf(fields, TAG.key), allOf(fields, TAG.value)];
  return [toText(key), value === undefined ? "" : toText(value)];
}

function allOf(fields: readonly Field[], number: number): Field["value"][] {
  return fields.filter((field) => field.number === number).map(({ value }) => value);
}

function toBytes(value: Field["value"] | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error("A field of the message is missing or of another type.");
}

function toText(value: Field["value"] | undefined): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(toBytes(value));
}

function digestOf(message: Uint8Array): Buffer {
  return createHash("md5").update(message).digest();
}
