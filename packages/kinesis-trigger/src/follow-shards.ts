import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { type Deliver, type Part, type SourceContext, SourceError } from "@kubeless/trigger-kit";
import { toCheckpoint } from "./checkpoint.ts";
import { createFaultList } from "./fault-list.ts";
import { describeStream, type FoundStream } from "./find-stream.ts";
import type { KinesisConfig } from "./kinesis-config.ts";
import { isMissing, isThrottled, toSourceError } from "./kinesis-error.ts";
import { type OpenShard, openShard } from "./open-shard.ts";
import { pause } from "./pause.ts";
import type { Room } from "./room.ts";
import { listShards, readableShards, type Shard } from "./shards.ts";

export interface FollowOptions extends FoundStream {
  readonly client: KinesisClient;
  readonly stream: string;
  /** The one shard to read; empty: all. */
  readonly only: string;
  readonly room: Room;
  readonly deliver: Deliver;
  readonly context: SourceContext<KinesisConfig>;
}

/** The shards of a stream, as they come and go, shared with the other replicas. */
export interface FollowedShards {
  /** Those that this replica holds. */
  readonly open: ReadonlyMap<string, OpenShard>;
  /** Resolves when nothing is read any more. */
  stop(): Promise<void>;
}

/** Between looks whether shards were split or merged by somebody else, or finished by another replica. */
const discoveryMs = 10_000;

export function followShards(options: FollowOptions): FollowedShards {
  const { client, stream, only, created, context } = options;
  const { parts } = context;
  const open = new Map<string, OpenShard>();
  const finished = new Set<string>();
  const faults = createFaultList(context.connection);
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, context.signal]);
  let lookAgain = new AbortController();

  const partOf = (shard: string) => `${stream}/${shard}`;
  const shardOf = (part: Part) => part.name.slice(stream.length + 1);
  const isFinished = (shard: string) => finished.has(shard);

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      lookAgain = new AbortController();
      await share().then(
        () => tell("discovery", undefined),
        (error: Error) => (isThrottled(error) ? undefined : tell("discovery", error)),
      );
      await pause(discoveryMs, AbortSignal.any([signal, lookAgain.signal])).catch(() => undefined);
    }
  }

  async function share(): Promise<void> {
    const shards = await listShards(client, stream, signal);
    await Promise.all(shards.map(learnWhetherFinished));
    const readable =
      only === "" ? readableShards(shards, isFinished) : [only].filter((id) => !isFinished(id));
    parts.share(readable.map(partOf), { taken: (part) => void taken(part), lost });
    if (isFinished(only)) throw toShardFinished(only);
  }

  async function learnWhetherFinished({ id, isClosed }: Shard): Promise<void> {
    if (!isClosed || isFinished(id) || open.has(id)) return;
    const notes = await parts.read(partOf(id));
    if (notes !== undefined && toCheckpoint(notes, created).isFinished) finished.add(id);
  }

  async function taken(part: Part): Promise<void> {
    const shard = shardOf(part);
    const isNew = toCheckpoint(part.notes, created).after === undefined;
    if (isNew && (await wasReset())) return context.reopen(new Error("The positions were deleted."));
    if (signal.aborted || !part.isHeld()) return;
    const opened = openShard({
      ...options,
      shard,
      part,
      wasRemade,
      finished() {
        finished.add(shard);
        lookAgain.abort();
      },
      fault: (error) => tell(shard, error),
    });
    open.set(shard, opened);
  }

  async function wasRemade(): Promise<boolean> {
    if ((await describeStream(client, stream, signal)).created === created) return false;
    context.reopen(new Error(`${stream} was deleted and made anew.`));
    return true;
  }

  /** Where to begin was forgotten since it was decided here, and maybe decided anew. What cannot be asked is not known to be so. */
  async function wasReset(): Promise<boolean> {
    const notes = await parts.read(stream).catch(() => options.start);
    return notes?.decision !== options.start.decision;
  }

  async function lost(part: Part): Promise<void> {
    const shard = shardOf(part);
    const stale = open.get(shard);
    if (stale === undefined) return;
    await stale.stop();
    await context.revoke([shard]);
    open.delete(shard);
    tell(shard, undefined);
  }

  function tell(what: string, error: Error | undefined): void {
    if (signal.aborted) return;
    faults.set(what, error && toSourceError(error, stream));
    if (isMissing(error)) context.reopen(toSourceError(error, stream));
  }

  const following = follow();
  return {
    open,
    async stop() {
      closing.abort();
      await Promise.all([following, ...[...open.values()].map((shard) => shard.stop())]);
    },
  };
}

function toShardFinished(shard: string): SourceError {
  return new SourceError(
    "TopicNotFound",
    `${shard} was split or merged and is read to its end: name one of its children in spec.shard, or remove it to read all shards.`,
  );
}
