import type { Attempts, Notes } from "@kubeless/trigger-kit";

/** A record of a shard; `sub` where it is one of several in a record of the stream, and not the last of them. */
export interface Place {
  readonly sequence: string;
  readonly sub?: number | undefined;
}

/** What is known of a shard that was read before: the notes on its Lease. */
export interface Checkpoint {
  /** Everything up to here is done (or, at most once, reserved); undefined when nothing is. */
  readonly after?: Place | undefined;
  /** The shard is closed and everything in it done. */
  readonly isFinished: boolean;
  /** How often records behind `after` were tried, by their ids. */
  readonly attempts: ReadonlyMap<string, Attempts>;
}

const NONE: Checkpoint = { isFinished: false, attempts: new Map() };

/**
 * The checkpoint in a part's notes. `created` says which stream they are of: one that was deleted and made again has other
 * sequence numbers under the same name.
 */
export function toCheckpoint(notes: Notes, created: string): Checkpoint {
  if (notes.created !== created) return NONE;
  const { sequence, "sub-sequence": sub } = notes;
  return {
    after:
      sequence === undefined ? undefined : { sequence, ...(sub === undefined ? {} : { sub: Number(sub) }) },
    isFinished: notes.finished === "true",
    attempts: toAttempts(notes.attempts),
  };
}

export function toCheckpointNotes({ after, isFinished, attempts }: Checkpoint, created: string): Notes {
  return {
    created,
    ...(after === undefined ? {} : { sequence: after.sequence }),
    ...(after?.sub === undefined ? {} : { "sub-sequence": String(after.sub) }),
    ...(isFinished ? { finished: "true" } : {}),
    ...(attempts.size === 0 ? {} : { attempts: JSON.stringify(Object.fromEntries(attempts)) }),
  };
}

/** Whether the record at `place` is behind what is done. */
export function isBehind(place: Place, after: Place): boolean {
  const [sequence, done] = [BigInt(place.sequence), BigInt(after.sequence)];
  if (sequence !== done) return sequence > done;
  return after.sub !== undefined && (place.sub ?? Number.POSITIVE_INFINITY) > after.sub;
}

function toAttempts(text: string | undefined): ReadonlyMap<string, Attempts> {
  if (text === undefined) return new Map();
  try {
    return new Map(Object.entries(JSON.parse(text) as Record<string, Attempts>));
  } catch {
    return new Map();
  }
}
