import { type KinesisClient, ListShardsCommand, type Shard as WireShard } from "@aws-sdk/client-kinesis";
import { ask } from "./ask.ts";

export interface Shard {
  readonly id: string;
  /** Those it was split from or merged of; none that the stream does not keep any more. */
  readonly parents: readonly string[];
  /** Nothing is written to it any more. */
  readonly isClosed: boolean;
}

/** All shards of a stream that still keeps something of them. */
export async function listShards(
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
): Promise<Shard[]> {
  const found: WireShard[] = [];
  let next: string | undefined;
  do {
    const which = next === undefined ? { StreamName: stream } : { NextToken: next };
    const page = await ask((options) => client.send(new ListShardsCommand(which), options), signal);
    found.push(...(page.Shards ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  const ids = new Set(found.map(({ ShardId }) => ShardId));
  return found.map(({ ShardId = "", ParentShardId, AdjacentParentShardId, SequenceNumberRange }) => ({
    id: ShardId,
    parents: [ParentShardId, AdjacentParentShardId].filter(
      (id) => id !== undefined && ids.has(id),
    ) as string[],
    isClosed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
  }));
}

/** What may be read now: parents before children, so that a key keeps its order when shards are split or merged. */
export function readableShards(shards: readonly Shard[], isFinished: (id: string) => boolean): string[] {
  return shards.filter(({ id, parents }) => !isFinished(id) && parents.every(isFinished)).map(({ id }) => id);
}
