import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type _Record as WireRecord,
} from "@aws-sdk/client-kinesis";
import { requestTimeoutMs } from "./kinesis-client.ts";
import { isExpiredIterator, isInvalidPosition, isThrottled, isUnanswered } from "./kinesis-error.ts";
import { pause } from "./pause.ts";
import { toPortions } from "./to-records.ts";

/** Where to read on: everything there is, what came since, what stands behind a record, or with that record. */
export type From =
  | "trimHorizon"
  | { readonly time: Date }
  | { readonly after: string }
  | { readonly at: string };

export interface ShardReaderOptions {
  readonly client: KinesisClient;
  readonly stream: string;
  readonly shard: string;
  readonly from: From;
  readonly deliver: (records: readonly WireRecord[]) => void;
  /** Resolves when there is room for more. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  /** Everything of a closed shard was delivered. */
  readonly ended: () => void;
  /** How long the stream keeps a record. */
  readonly keptMs: number;
  /** The stream has no such position any more. Whether reading is to go on with the oldest record there is. */
  readonly positionLost: (why: PositionLost) => Promise<boolean>;
  /** A read failed and is tried again; undefined: it works. */
  readonly fault: (error: Error | undefined) => void;
}

/** `outlived`: what stood behind it may be gone, what is still there stands behind it. `unknown`: it is none of the stream's. */
export type PositionLost = { readonly how: "outlived" | "unknown"; readonly message: string };

export interface ShardReader {
  /** How old the next record is that was not read, in milliseconds; 0 when there is none, undefined before the first answer. */
  ageMs(): number | undefined;
  /** Resolves when nothing is delivered any more. */
  stop(): Promise<void>;
}

/** A shard may be read five times a second, by all who read it together; Kubeless read it four times. */
const readIntervalMs = 250;
const longestIntervalMs = 5_000;
/** More than a shard takes in within a second. */
const recordsPerRead = 1_000;

/** Reads a shard, once at a time, until it ends or is to stop; what goes wrong is tried again for ever, ever more slowly. */
export function startShardReader(options: ShardReaderOptions): ShardReader {
  const { client } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let from = options.from;
  let iterator: string | undefined;
  let intervalMs = readIntervalMs;
  /** How far behind the end of the shard the last answer was, and when it came. */
  let behind: { readonly ms: number; readonly atMs: number } | undefined;

  async function run(): Promise<void> {
    if (typeof from === "object" && "time" in from) await untilTime(from.time, signal);
    while (!signal.aborted) {
      await options.room(signal);
      const hasMore = await read().catch(failed);
      if (!hasMore) return options.ended();
      await pause(intervalMs, signal);
    }
  }

  async function read(): Promise<boolean> {
    iterator ??= await takeIterator(client, { ...options, from }, inTime());
    const asked = new GetRecordsCommand({ ShardIterator: iterator, Limit: recordsPerRead });
    const answer = await client.send(asked, inTime());
    if (signal.aborted) return true;
    intervalMs = Math.max(readIntervalMs, intervalMs * 0.8);
    options.fault(undefined);
    behind = { ms: answer.MillisBehindLatest ?? 0, atMs: performance.now() };
    iterator = undefined;
    await handOn(answer.Records ?? []);
    if (answer.NextShardIterator === undefined) return signal.aborted;
    iterator = answer.NextShardIterator;
    if (answer.Records?.length === 0 && behind.ms >= options.keptMs && isRecord(from))
      await goOnWithOldest({ how: "outlived", message: `it is ${options.keptMs / 3_600_000} h old` });
    return true;
  }

  /** What was read of an aggregated record may be thousands of events: there is to be room for each such record. */
  async function handOn(records: readonly WireRecord[]): Promise<void> {
    for (const portion of toPortions(records)) {
      await options.room(signal);
      if (signal.aborted) return;
      options.deliver(portion);
      const last = portion.at(-1)?.SequenceNumber;
      if (last !== undefined) from = { after: last };
    }
  }

  async function goOnWithOldest(why: PositionLost): Promise<void> {
    if (!(await options.positionLost(why))) return;
    iterator = undefined;
    from = "trimHorizon";
  }

  async function failed(error: Error): Promise<true> {
    if (signal.aborted) return true;
    if (isExpiredIterator(error)) {
      iterator = undefined;
      return true;
    }
    intervalMs = Math.min(longestIntervalMs, intervalMs * 2);
    if (isThrottled(error)) return true;
    if (!isUnanswered(error)) iterator = undefined;
    if (isInvalidPosition(error) && isRecord(from))
      await goOnWithOldest({ how: "unknown", message: error.message });
    else options.fault(error);
    return true;
  }

  function inTime(): { readonly abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]) };
  }

  const running = run().catch(() => undefined);
  return {
    ageMs() {
      if (behind === undefined || behind.ms === 0) return behind?.ms;
      return behind.ms + performance.now() - behind.atMs;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** An iterator is good for five minutes; a position for as long as the stream keeps its records. */
export async function takeIterator(
  client: KinesisClient,
  { stream, shard, from }: { readonly stream: string; readonly shard: string; readonly from: From },
  options: { readonly abortSignal: AbortSignal },
): Promise<string | undefined> {
  const answer = await client.send(
    new GetShardIteratorCommand({ StreamName: stream, ShardId: shard, ...toIteratorType(from) }),
    options,
  );
  return answer.ShardIterator;
}

function toIteratorType(from: From): Pick<
  GetShardIteratorCommandInput,
  "Timestamp" | "StartingSequenceNumber"
> & {
  ShardIteratorType: "TRIM_HORIZON" | "AT_TIMESTAMP" | "AFTER_SEQUENCE_NUMBER" | "AT_SEQUENCE_NUMBER";
} {
  if (from === "trimHorizon") return { ShardIteratorType: "TRIM_HORIZON" };
  if ("time" in from) return { ShardIteratorType: "AT_TIMESTAMP", Timestamp: from.time };
  if ("after" in from)
    return { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: from.after };
  return { ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: from.at };
}

function isRecord(from: From): boolean {
  return typeof from === "object" && !("time" in from);
}

/** Longer waits than this overflow a timer. */
const longestWaitMs = 24 * 3600 * 1000;

/** No iterator is given for a time to come. */
async function untilTime(time: Date, signal: AbortSignal): Promise<void> {
  for (let leftMs = time.getTime() - Date.now(); leftMs > 0; leftMs = time.getTime() - Date.now())
    await pause(Math.min(leftMs, longestWaitMs), signal);
}
