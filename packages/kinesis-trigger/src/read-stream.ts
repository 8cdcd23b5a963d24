import { GetRecordsCommand, type KinesisClient, type _Record as WireRecord } from "@aws-sdk/client-kinesis";
import { requestTimeoutMs } from "./kinesis-client.ts";
import { isThrottled } from "./kinesis-error.ts";
import { pause } from "./pause.ts";
import { type From, takeIterator } from "./shard-reader.ts";
import { listShards } from "./shards.ts";

export interface StreamRecord {
  readonly shard: string;
  readonly record: WireRecord;
}

/** A shard may be read five times a second. */
const readIntervalMs = 220;

/**
 * Reads a stream to where it ends now: each shard from `starts`, else from the oldest record it keeps. Shards come one
 * after the other, as the stream lists them: parents before their children.
 */
export async function* readStream(
  client: KinesisClient,
  stream: string,
  starts: ReadonlyMap<string, From>,
  signal: AbortSignal,
): AsyncGenerator<StreamRecord, void> {
  for (const { id } of await listShards(client, stream, signal))
    yield* readShard(client, { stream, shard: id, from: starts.get(id) ?? "trimHorizon" }, signal);
}

/** One shard of it. */
export async function* readShard(
  client: KinesisClient,
  place: { readonly stream: string; readonly shard: string; readonly from: From },
  signal: AbortSignal,
): AsyncGenerator<StreamRecord, void> {
  let iterator = await takeIterator(client, place, signal);
  while (iterator !== undefined) {
    const answer = await getRecords(client, iterator, signal);
    for (const record of answer.Records ?? []) yield { shard: place.shard, record };
    if (answer.MillisBehindLatest === 0) return;
    iterator = answer.NextShardIterator;
    await pause(readIntervalMs, signal);
  }
}

/** Where others read the shard as well, their reads count. */
async function getRecords(client: KinesisClient, ShardIterator: string, signal: AbortSignal) {
  for (;;) {
    try {
      const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
      return await client.send(new GetRecordsCommand({ ShardIterator }), { abortSignal });
    } catch (error) {
      if (!isThrottled(error)) throw error;
      await pause(4 * readIntervalMs, signal);
    }
  }
}
