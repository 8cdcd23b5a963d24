import { GetRecordsCommand, type KinesisClient, type _Record as WireRecord } from "@aws-sdk/client-kinesis";
import { ask } from "./ask.ts";
import { isExpiredIterator } from "./kinesis-error.ts";
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
 * Reads a stream from the oldest record it keeps to where it ends now. Shards come one after the other, as the stream
 * lists them: parents before their children.
 */
export async function* readStream(
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
): AsyncGenerator<StreamRecord, void> {
  for (const { id } of await listShards(client, stream, signal))
    yield* readShard(client, { stream, shard: id, from: "trimHorizon" }, signal);
}

/** One shard of it. Whoever takes longer over the records of one answer than an iterator lasts has the next all the same. */
export async function* readShard(
  client: KinesisClient,
  place: { readonly stream: string; readonly shard: string; readonly from: From },
  signal: AbortSignal,
): AsyncGenerator<StreamRecord, void> {
  let { from } = place;
  const take = () => ask((options) => takeIterator(client, { ...place, from }, options), signal);
  let iterator = await take();
  while (iterator !== undefined) {
    const answer = await getRecords(client, iterator, signal);
    for (const record of answer?.Records ?? []) {
      if (record.SequenceNumber !== undefined) from = { after: record.SequenceNumber };
      yield { shard: place.shard, record };
    }
    if (answer?.MillisBehindLatest === 0) return;
    iterator = answer === undefined ? await take() : answer.NextShardIterator;
    await pause(readIntervalMs, signal);
  }
}

/** Undefined: the iterator expired. */
async function getRecords(client: KinesisClient, ShardIterator: string, signal: AbortSignal) {
  try {
    return await ask((options) => client.send(new GetRecordsCommand({ ShardIterator }), options), signal);
  } catch (error) {
    if (isExpiredIterator(error)) return undefined;
    throw error;
  }
}
