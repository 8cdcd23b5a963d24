import { setTimeout as delay } from "node:timers/promises";
import type { ConsumerInfo, Msg, NatsConnection } from "nats";
import { parseAckSubject } from "./message.ts";
import { pull } from "./pull.ts";

export interface LeftBehindOptions {
  readonly connection: NatsConnection;
  /** The durable as it is now. */
  readonly look: () => Promise<ConsumerInfo>;
  /** By then everything that was not acknowledged may be given out again. */
  readonly againMs: number;
  readonly accept: (message: Msg, pulledMs: number) => void;
  /** Came when it was to stop. */
  readonly late: (message: Msg) => void;
  readonly signal: AbortSignal;
}

/** What can come again comes at once. */
const expiresMs = 1_000;
const attempts = 2;

/**
 * Takes what the reader before was given and did not acknowledge, in the order of the stream. Servers give it out in the
 * order in which that reader gave it back or was silent of it for too long, and what they may not give out yet after what
 * follows it: so it is taken when all of it comes, and waited for until then. What does not come after all is not waited for.
 */
export async function takeLeftBehind(options: LeftBehindOptions): Promise<void> {
  for (let attempt = 0; attempt < attempts && !options.signal.aborted; attempt += 1) {
    if (await takeAll(options)) return;
    await delay(options.againMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

async function takeAll({ connection, look, accept, late, signal }: LeftBehindOptions): Promise<boolean> {
  const durable = await look().catch(() => undefined);
  if (durable === undefined) return false;
  const { stream_name: stream, name, num_ack_pending: messages, delivered } = durable;
  if (messages === 0) return true;
  const came: Msg[] = [];
  const pulledMs = performance.now();
  const request = { stream, durable: name, messages, bytes: undefined, expiresMs, signal, late };
  await pull(connection, request, (message) => came.push(message));
  const isAll = came.length === messages && came.every((each) => sequenceOf(each) <= delivered.stream_seq);
  if (signal.aborted) came.forEach(late);
  if (!isAll || signal.aborted) return false;
  for (const message of came.toSorted((a, b) => sequenceOf(a) - sequenceOf(b))) accept(message, pulledMs);
  return true;
}

function sequenceOf({ reply = "" }: Msg): number {
  return parseAckSubject(reply).sequence;
}
