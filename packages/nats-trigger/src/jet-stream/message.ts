import type { SourceRecord } from "@kubeless/trigger-kit";
import type { Msg, MsgHdrs } from "nats";
import { toHeaders } from "../headers.ts";

/** What this reader knows a message by, and its headers as they came. */
export interface StreamPosition {
  readonly lane: string;
  /** See `Holdings.take`. */
  readonly turn: number;
  readonly headers: MsgHdrs | undefined;
}

/**
 * What the servers say of a delivery, in the subject to acknowledge at:
 * `$JS.ACK.[<domain>.<account>.]<stream>.<durable>.<delivered>.<sequence>.<delivery>.<nanoseconds>.<pending>[.<token>]`.
 */
export function parseAckSubject(reply: string): { readonly sequence: number; readonly time: Date } {
  const words = reply.split(".");
  const at = words.length === 9 ? 5 : 7;
  const [sequence = "", , nanoseconds = ""] = words.slice(at);
  if (words[0] !== "$JS" || words[1] !== "ACK" || !/^\d+$/.test(sequence) || !/^\d+$/.test(nanoseconds))
    throw new Error(`${reply} is not where a message of a stream is acknowledged.`);
  return { sequence: Number(sequence), time: new Date(Number(BigInt(nanoseconds) / 1_000_000n)) };
}

export interface Delivered {
  readonly message: Msg;
  readonly stream: string;
  readonly sequence: number;
  readonly time: Date;
  readonly lane: string;
  readonly turn: number;
}

/** The key is the subject, which is what order by key is kept within. */
export function toRecord({ message, stream, sequence, time, lane, turn }: Delivered): SourceRecord {
  return {
    id: `${stream}:${sequence}`,
    time,
    key: new TextEncoder().encode(message.subject),
    headers: toHeaders(message.headers),
    extensions: { subject: message.subject, stream, sequence: String(sequence) },
    body: message.data,
    lane,
    position: { lane, turn, headers: message.headers } satisfies StreamPosition,
  };
}
