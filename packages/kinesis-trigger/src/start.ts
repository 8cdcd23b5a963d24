import { GetRecordsCommand, type KinesisClient } from "@aws-sdk/client-kinesis";
import { type Notes, type Parts, SourceError } from "@kubeless/trigger-kit";
import { pause } from "./pause.ts";
import { takeIterator } from "./shard-reader.ts";
import type { Shard } from "./shards.ts";

/**
 * Where shards begin that were never read: decided once for a stream, when the trigger first sees it, and kept on a Lease.
 * From then on a replica may come when it likes and nothing is missed.
 */
export interface Start {
  /** Records from this time on; the beginning of each shard. */
  readonly from: Date | "trimHorizon";
  /** Records behind this one, in shards where some are younger than `from` and yet too old. */
  readonly after: ReadonlyMap<string, string>;
}

export interface StartOptions {
  readonly client: KinesisClient;
  readonly stream: string;
  /** Which of the streams of this name it is. */
  readonly created: string;
  readonly startPosition: string;
  readonly shards: readonly Shard[];
  readonly parts: Parts;
  /** The time by the stream's clock. */
  readonly serverTime: () => Date;
  readonly signal: AbortSignal;
}

/** Between looks whether another replica has decided. */
const lookMs = 500;
/** Longer than it takes until another replica decides instead of one that is stuck. */
const patienceMs = 60_000;

/** The decision: made before, or by this replica, or by another; it is written down before this resolves. */
export async function fixStart(options: StartOptions): Promise<Start> {
  const { parts, stream, created } = options;
  const known = await parts.read(stream);
  if (known?.created === created) return toStart(known);
  const failure = Promise.withResolvers<never>();
  parts.share([stream], {
    taken: (part) =>
      void decide(options, part.notes)
        .then((start) => part.write(toNotes(start, created)))
        .catch(failure.reject),
    lost: () => Promise.resolve(),
  });
  return Promise.race([failure.promise, untilDecided(options)]);
}

async function untilDecided({ parts, stream, created, signal }: StartOptions): Promise<Start> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookMs) {
    await pause(lookMs, signal);
    const notes = await parts.read(stream);
    if (notes?.created === created) return toStart(notes);
  }
  throw new SourceError(
    "ConnectionFailed",
    `Where to start in ${stream} could not be written on a Lease within ${patienceMs / 1000} s: see whether the controller may get, create and update Leases in the trigger's namespace.`,
  );
}

/** A stream that was made again is read from its beginning: the trigger was there before it. */
async function decide(options: StartOptions, before: Notes): Promise<Start> {
  const { startPosition } = options;
  if (before.created === options.created) return toStart(before);
  if (before.created !== undefined || startPosition === "trimHorizon")
    return { from: "trimHorizon", after: new Map() };
  if (startPosition !== "latest") return { from: new Date(startPosition), after: new Map() };
  return findEnds(options);
}

/** A stream's hosts have clocks of their own; a second older costs nothing, since what is that old is passed over. */
const clockSkewMs = 2_000;
/** Reads that go after the end of a shard that is written to faster than it is read. */
const maxReads = 20;

/**
 * Now, as a time, and exactly: in a shard that was written to within the last seconds, the last record. Sequence numbers
 * are durable as an iterator is not.
 */
async function findEnds(options: StartOptions): Promise<Start> {
  const from = new Date(options.serverTime().getTime() - clockSkewMs);
  const open = options.shards.filter(({ isClosed }) => !isClosed);
  const ends = await Promise.all(open.map(({ id }) => findEnd(options, id, from)));
  const after = open.flatMap(({ id }, at) => (ends[at] === undefined ? [] : [[id, ends[at]] as const]));
  return { from, after: new Map(after) };
}

async function findEnd(
  { client, stream, signal }: StartOptions,
  shard: string,
  from: Date,
): Promise<string | undefined> {
  let iterator = await takeIterator(client, { stream, shard, from: { time: from } }, signal);
  let last: string | undefined;
  for (let reads = 0; iterator !== undefined && reads < maxReads; reads += 1) {
    const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }), {
      abortSignal: signal,
    });
    last = answer.Records?.at(-1)?.SequenceNumber ?? last;
    iterator = answer.MillisBehindLatest === 0 ? undefined : answer.NextShardIterator;
    if (iterator !== undefined) await pause(lookMs / 2, signal);
  }
  return last;
}

/** Beyond this an annotation might not fit: the seconds before now are then read as well. */
const maxNoteLength = 100_000;

function toNotes({ from, after }: Start, created: string): Notes {
  const ends = JSON.stringify(Object.fromEntries(after));
  return {
    created,
    from: typeof from === "string" ? from : from.toISOString(),
    ...(after.size === 0 || ends.length > maxNoteLength ? {} : { after: ends }),
  };
}

function toStart({ from = "trimHorizon", after = "{}" }: Notes): Start {
  return {
    from: from === "trimHorizon" ? from : new Date(from),
    after: new Map(Object.entries(JSON.parse(after) as Record<string, string>)),
  };
}
