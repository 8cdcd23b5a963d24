import { randomUUID } from "node:crypto";
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { type Notes, type Parts, SourceError } from "@kubeless/trigger-kit";
import { z } from "zod";
import { pause } from "./pause.ts";
import { readShard } from "./read-stream.ts";
import type { Shard } from "./shards.ts";

/**
 * Where shards begin that were never read: decided once for a stream, when the trigger first sees it, and kept on a Lease.
 * From then on a replica may come when it likes and nothing is missed.
 */
export interface Start {
  /** Which decision it is: after the positions were deleted there is another one. */
  readonly decision: string | undefined;
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
  const known = toStart(await parts.read(stream), created);
  if (known !== undefined) return known;
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
    const decided = toStart(await parts.read(stream), created);
    if (decided !== undefined) return decided;
  }
  throw new SourceError(
    "ConnectionFailed",
    `Where to start in ${stream} could not be written on a Lease within ${patienceMs / 1000} s: see whether the controller may get, create and update Leases in the trigger's namespace.`,
  );
}

/** A stream that was made again is read from its beginning: the trigger was there before it. */
async function decide(options: StartOptions, before: Notes): Promise<Start> {
  const { startPosition, created } = options;
  const known = toStart(before, created);
  if (known !== undefined) return known;
  const begin = { decision: randomUUID(), after: new Map<string, string>() };
  const wasRemade = before.created !== undefined && before.created !== created;
  if (wasRemade || startPosition === "trimHorizon") return { ...begin, from: "trimHorizon" };
  if (startPosition !== "latest") return { ...begin, from: new Date(startPosition) };
  return { ...begin, ...(await findEnds(options)) };
}

/** A stream's hosts have clocks of their own; a second older costs nothing, since what is that old is passed over. */
const clockSkewMs = 2_000;
/**
 * Now, as a time, and exactly: in a shard that was written to within the last seconds, the last record. Sequence numbers
 * are durable as an iterator is not.
 */
async function findEnds(options: StartOptions): Promise<Pick<Start, "from" | "after">> {
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
  const until = from.getTime() + 2 * clockSkewMs;
  let last: string | undefined;
  for await (const { record } of readShard(client, { stream, shard, from: { time: from } }, signal)) {
    if ((record.ApproximateArrivalTimestamp?.getTime() ?? 0) > until) break;
    last = record.SequenceNumber;
  }
  return last;
}

/** Beyond this an annotation might not fit: the seconds before now are then read as well. */
const maxNoteLength = 100_000;

function toNotes({ decision, from, after }: Start, created: string): Notes {
  const ends = JSON.stringify(Object.fromEntries(after));
  return {
    created,
    ...(decision === undefined ? {} : { decision }),
    from: typeof from === "string" ? from : from.toISOString(),
    ...(after.size === 0 || ends.length > maxNoteLength ? {} : { after: ends }),
  };
}

/** Undefined: nothing was decided for this stream, or it cannot be read any more. */
function toStart(notes: Notes | undefined, created: string): Start | undefined {
  if (notes?.created !== created) return undefined;
  const { decision, from = "trimHorizon" } = notes;
  const after = toEnds(notes.after);
  if (after === undefined || (from !== "trimHorizon" && Number.isNaN(Date.parse(from)))) return undefined;
  return { decision, from: from === "trimHorizon" ? from : new Date(from), after };
}

const endsSchema = z.record(z.string(), z.string().regex(/^\d+$/));

function toEnds(text = "{}"): ReadonlyMap<string, string> | undefined {
  try {
    return new Map(Object.entries(endsSchema.parse(JSON.parse(text))));
  } catch {
    return undefined;
  }
}
