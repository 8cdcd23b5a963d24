import type { Attempts, Headers, Position, SourceRecord } from "@kubeless/trigger-kit";
import type { IHeaders, KafkaMessage } from "kafkajs";

/** Where a record stands: a partition and an offset in it. */
export interface KafkaPosition {
  readonly partition: number;
  readonly offset: bigint;
  /** As the record has them: names as they are written, values that are no text. A dead letter gets these. */
  readonly headers: IHeaders;
  /** It has no value, not even an empty one. */
  readonly isTombstone: boolean;
}

export function toRecord(
  message: KafkaMessage,
  partition: number,
  topic: string,
  attempts: ReadonlyMap<bigint, Attempts>,
): SourceRecord {
  const key = message.key ?? undefined;
  const offset = BigInt(message.offset);
  return {
    id: `${topic}:${partition}:${message.offset}`,
    time: toTime(message),
    key,
    headers: toHeaders(message),
    extensions: {
      topic,
      partition: String(partition),
      offset: message.offset,
      ...(key === undefined ? {} : { key: key.toString() }),
    },
    body: message.value ?? new Uint8Array(),
    lane: String(partition),
    attempts: attempts.get(offset),
    position: {
      partition,
      offset,
      headers: message.headers ?? {},
      isTombstone: message.value === null,
    } satisfies KafkaPosition as Position,
  };
}

/** A producer may give any time, also one that is beyond all dates: RFC 3339 begins and ends with these. */
const earliestMs = Date.parse("0000-01-01T00:00:00Z");
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export function toTime({ timestamp }: Pick<KafkaMessage, "timestamp">): Date {
  return new Date(Math.max(earliestMs, Math.min(Number(timestamp), latestMs)));
}

/** Names in lower case; one that came more than once is joined by a comma, one without a value is empty. */
export function toHeaders({ headers = {} }: KafkaMessage): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), [value].flat().map(textOf).join(",")]],
    ),
  );
}

/** Brokers keep headers without a value, which the library's types do not know. */
function textOf(value: Buffer | string | null): string {
  return value === null ? "" : value.toString();
}
