import { DescribeStreamSummaryCommand, type KinesisClient } from "@aws-sdk/client-kinesis";
import type { KinesisTriggerSpec } from "@kubeless/api-types";
import {
  type Binding,
  type Capabilities,
  type Deliver,
  type EventSource,
  type Part,
  type SourceContext,
  SourceError,
  type Subscription,
} from "@kubeless/trigger-kit";
import { toCheckpoint } from "./checkpoint.ts";
import { writeDeadLetter } from "./dead-letter.ts";
import { openClient, requestTimeoutMs } from "./kinesis-client.ts";
import { type KinesisConfig, kinesisConfig } from "./kinesis-config.ts";
import { isMissing, toSourceError } from "./kinesis-error.ts";
import { type OpenShard, openShard } from "./open-shard.ts";
import { pause } from "./pause.ts";
import { createRoom } from "./room.ts";
import { watchServerTime } from "./server-time.ts";
import { listShards, readableShards, type Shard } from "./shards.ts";
import { fixStart, type Start } from "./start.ts";
import type { KinesisPosition } from "./to-records.ts";

const capabilities: Capabilities = {
  guarantees: ["atMostOnce", "atLeastOnce"],
  orderings: ["none", "key", "partition"],
  backPressure: "pause",
  work: "shared",
};

/** Between looks whether shards were split or merged by somebody else, or finished by another replica. */
const discoveryMs = 10_000;

/** Reads a Kinesis stream, shard by shard, each held by one replica whose Lease keeps the position. */
export const kinesisSource: EventSource<KinesisTriggerSpec, KinesisConfig> = {
  config: kinesisConfig,
  capabilities: () => capabilities,
  async open(binding, deliver, context) {
    const client = await openClient(binding.spec, context);
    try {
      const stream = await findStream(client, binding.spec, context);
      return read({ client, binding, deliver, context, ...stream });
    } catch (error) {
      client.destroy();
      throw toSourceError(error, binding.spec.stream);
    }
  },
};

interface Session {
  readonly client: KinesisClient;
  readonly binding: Binding<KinesisTriggerSpec>;
  readonly deliver: Deliver;
  readonly context: SourceContext<KinesisConfig>;
  /** Which of the streams of this name it is. */
  readonly created: string;
  readonly start: Start;
}

async function findStream(
  client: KinesisClient,
  { stream, shard, startPosition }: KinesisTriggerSpec,
  { parts, signal: closing }: SourceContext<KinesisConfig>,
): Promise<Pick<Session, "created" | "start">> {
  const serverTime = watchServerTime(client);
  const signal = AbortSignal.any([closing, AbortSignal.timeout(requestTimeoutMs)]);
  const { StreamDescriptionSummary: summary } = await client.send(
    new DescribeStreamSummaryCommand({ StreamName: stream }),
    { abortSignal: signal },
  );
  if (summary?.StreamStatus === "CREATING" || summary?.StreamStatus === "DELETING")
    throw new SourceError(
      "TopicNotFound",
      `The stream ${stream} is ${summary.StreamStatus}: it is waited for.`,
    );
  const shards = await listShards(client, stream, signal);
  if (shard !== "" && !shards.some(({ id }) => id === shard)) throw shardNotFound(stream, shard);
  const created = String(summary?.StreamCreationTimestamp?.getTime());
  const start = await fixStart({
    client,
    stream,
    created,
    startPosition,
    shards,
    parts,
    serverTime,
    signal: closing,
  });
  return { created, start };
}

function read(session: Session): Subscription {
  const { client, binding, context } = session;
  const { stream, shard: only, delivery } = binding.spec;
  const { parts } = context;
  const open = new Map<string, OpenShard>();
  const finished = new Set<string>();
  const faults = new Map<string, SourceError>();
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, context.signal]);
  const room = createRoom();
  let lookAgain = new AbortController();

  const partOf = (shard: string) => `${stream}/${shard}`;
  const shardOf = (part: Part) => part.name.slice(stream.length + 1);

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      lookAgain = new AbortController();
      await share().then(
        () => tell("discovery", undefined),
        (error: Error) => tell("discovery", error),
      );
      await pause(discoveryMs, AbortSignal.any([signal, lookAgain.signal])).catch(() => undefined);
    }
  }

  async function share(): Promise<void> {
    const shards = await listShards(
      client,
      stream,
      AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    );
    await Promise.all(shards.map(learnWhetherFinished));
    const readable =
      only === ""
        ? readableShards(shards, (id) => finished.has(id))
        : [only].filter((id) => !finished.has(id));
    parts.share(readable.map(partOf), { taken: (part) => void taken(part), lost });
    if (only !== "" && finished.has(only)) throw shardFinished(only);
  }

  async function learnWhetherFinished({ id, isClosed }: Shard): Promise<void> {
    if (!isClosed || finished.has(id) || open.has(id)) return;
    const notes = await parts.read(partOf(id));
    if (notes !== undefined && toCheckpoint(notes, session.created).isFinished) finished.add(id);
  }

  async function taken(part: Part): Promise<void> {
    const shard = shardOf(part);
    const isNew = toCheckpoint(part.notes, session.created).after === undefined;
    if (isNew && (await wasReset())) return context.reopen(new Error("The positions were deleted."));
    if (!part.isHeld()) return;
    const opened = openShard({
      ...session,
      stream,
      shard,
      part,
      room: room.wait,
      deliver: session.deliver,
      finished() {
        finished.add(shard);
        lookAgain.abort();
      },
      fault: (error) => tell(shard, error),
    });
    open.set(shard, opened);
  }

  /** Where to begin is not known any more: it is to be decided anew. What cannot be asked is not known to be so. */
  async function wasReset(): Promise<boolean> {
    const start = await parts.read(stream).catch(() => ({}));
    return start === undefined;
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
    if (error !== undefined) faults.set(what, toSourceError(error, stream));
    else if (!faults.delete(what)) return;
    if (isMissing(error)) context.reopen(toSourceError(error, stream));
    const [fault] = faults.values();
    context.connection(fault && { reason: fault.reason, message: fault.message });
  }

  const following = follow();
  return {
    async commit(positions) {
      await Promise.all(
        (positions as readonly KinesisPosition[]).map((position) =>
          open.get(position.shard)?.commit(position),
        ),
      );
    },
    async saveAttempts(entries) {
      await Promise.all(
        entries.map(({ position, attempts }) => {
          const { shard } = position as KinesisPosition;
          return open.get(shard)?.saveAttempts(position as KinesisPosition, attempts);
        }),
      );
    },
    writeDeadLetter: (record, _cause, headers) =>
      writeDeadLetter(client, delivery.deadLetter?.stream ?? "", record, headers),
    holds: (lane) => open.get(lane)?.part.isHeld() ?? false,
    pause: room.close,
    resume: room.open,
    lag: () => Promise.resolve(undefined),
    async close() {
      closing.abort();
      await Promise.all([following, ...[...open.values()].map((shard) => shard.stop())]);
      client.destroy();
    },
  };
}

function shardNotFound(stream: string, shard: string): SourceError {
  return new SourceError(
    "TopicNotFound",
    `The stream ${stream} has no shard ${shard}: correct spec.shard, or remove it to read all shards.`,
  );
}

function shardFinished(shard: string): SourceError {
  return new SourceError(
    "TopicNotFound",
    `${shard} was split or merged and is read to its end: name one of its children in spec.shard, or remove it to read all shards.`,
  );
}
