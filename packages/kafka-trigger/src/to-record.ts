import type { Attempts, Headers, Position, SourceRecord } from "@kubeless/trigger-kit";
import type { IHeaders, KafkaMessage } from "kafkajs";

/** Where a record stands: a partition and an offset in it. */
export interface KafkaPosition {
  readonly partition: number;
  readonly offset: bigint;
  /** As the record has them: names as they are written, values that are no text. A dead letter gets these. */
  readonly headers: IHeaders;
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
    time: new Date(Number(message.timestamp)),
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
    } satisfies KafkaPosition as Position,
  };
}

/** Names in lower case; one that came more than once is joined by a comma. */
export function toHeaders({ headers = {} }: KafkaMessage): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), [value].flat().map(String).join(",")]],
    ),
  );
}
