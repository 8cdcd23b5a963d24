import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import type { Fault } from "../fault.ts";
import { untilItSucceeds } from "../until-it-succeeds.ts";

/** What changes the shards of a stream while it is read. */
export function reshardFaults(client: KinesisClient, stream: string): readonly Fault[] {
  const StreamName = stream;

  async function split(): Promise<void> {
    const { id, first, last } = (await openShards(client, stream)).reduce((a, b) =>
      b.last - b.first > a.last - a.first ? b : a,
    );
    const NewStartingHashKey = String((first + last) / 2n + 1n);
    await client.send(new SplitShardCommand({ StreamName, ShardToSplit: id, NewStartingHashKey }));
  }

  /** The open shards have all the hash keys between them: each is next to the one behind it. One alone is split before. */
  async function merge(): Promise<void> {
    const [left, right] = await openShards(client, stream);
    if (right === undefined) {
      await split();
      await untilActive(client, stream);
      return merge();
    }
    const shards = { ShardToMerge: left?.id, AdjacentShardToMerge: right.id };
    await client.send(new MergeShardsCommand({ StreamName, ...shards }));
  }

  const end = () => untilActive(client, stream);
  return [
    { name: "a shard was split", lastsMs: 1_000, begin: split, end },
    { name: "two shards were merged", lastsMs: 1_000, begin: merge, end },
  ];
}

/** Resolves when the stream can be read, written and changed. */
export async function untilActive(client: KinesisClient, StreamName: string): Promise<void> {
  await untilItSucceeds(async () => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    const status = StreamDescriptionSummary?.StreamStatus;
    if (status !== "ACTIVE") throw new Error(`The stream ${StreamName} is ${status}.`);
  });
}

/** In the order of their hash keys, which are from `first` to `last`. */
async function openShards(client: KinesisClient, StreamName: string) {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
  return Shards.filter(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber === undefined)
    .map(({ ShardId: id, HashKeyRange: range }) => ({
      id,
      first: BigInt(range?.StartingHashKey ?? 0),
      last: BigInt(range?.EndingHashKey ?? 0),
    }))
    .toSorted((a, b) => (a.first < b.first ? -1 : 1));
}
