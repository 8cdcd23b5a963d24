import type { SourceRecord } from "@kubeless/trigger-kit";
import type { Msg, MsgHdrs } from "nats";
import { toHeaders } from "../headers.ts";
import type { LanePosition } from "./holdings.ts";
import type { Delivery } from "./taken.ts";

/** What this reader knows a message by, and its headers as they came. */
export interface StreamPosition extends LanePosition {
  readonly headers: MsgHdrs | undefined;
}

/**
 * What the servers say of a delivery, in the subject to acknowledge at:
 * `$JS.ACK.[<domain>.<account>.]<stream>.<durable>.<times>.<sequence>.<delivery>.<nanoseconds>.<pending>[.<token>]`.
 */
export function parseAckSubject(reply: string): Delivery & { readonly time: Date } {
  const words = reply.split(".");
  const [sequence = "", delivery = "", nanoseconds = ""] = words.slice(words.length === 9 ? 5 : 7);
  const numbers = [sequence, delivery, nanoseconds];
  if (words[0] !== "$JS" || words[1] !== "ACK" || !numbers.every((word) => /^\d+$/.test(word)))
    throw new Error(`${reply} is not where a message of a stream is acknowledged.`);
  return {
    sequence: Number(sequence),
    delivery: Number(delivery),
    time: new Date(Number(BigInt(nanoseconds) / 1_000_000n)),
  };
}

export interface Delivered {
  readonly message: Msg;
  readonly stream: string;
  readonly sequence: number;
  readonly time: Date;
  readonly position: StreamPosition;
}

/** The key is the subject, which is what order by key is kept within. */
export function toRecord({ message, stream, sequence, time, position }: Delivered): SourceRecord {
  return {
    id: `${stream}:${sequence}`,
    time,
    key: new TextEncoder().encode(message.subject),
    headers: toHeaders(message.headers),
    extensions: { subject: message.subject, stream, sequence: String(sequence) },
    body: message.data,
    lane: position.lane,
    position,
  };
}
