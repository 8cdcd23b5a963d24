import type { Attempts, Notes } from "@kubeless/trigger-kit";
import { z } from "zod";

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
  return {
    after: toPlace(notes),
    isFinished: notes.finished === "true",
    attempts: toAttempts(notes.attempts),
  };
}

/** A number within an aggregated record that cannot be read says that nothing of it is done. */
function toPlace({ sequence, "sub-sequence": sub }: Notes): Place | undefined {
  if (sequence === undefined) return undefined;
  return { sequence, ...(sub === undefined ? {} : { sub: /^\d+$/.test(sub) ? Number(sub) : -1 }) };
}

export function toCheckpointNotes({ after, isFinished, attempts }: Checkpoint, created: string): Notes {
  return {
    created,
    ...(after === undefined ? {} : { sequence: after.sequence }),
    ...(after?.sub === undefined ? {} : { "sub-sequence": String(after.sub) }),
    ...(isFinished ? { finished: "true" } : {}),
    ...(attempts.size === 0 ? {} : { attempts: toText(attempts) }),
  };
}

/** With more, the annotations of a Lease might not fit: the others' attempts are counted anew by the next holder. */
const maxAttempts = 1_000;

function toText(attempts: Checkpoint["attempts"]): string {
  return JSON.stringify(Object.fromEntries([...attempts].slice(0, maxAttempts)));
}

/** Whether the record at `place` is behind what is done. */
export function isBehind(place: Place, after: Place): boolean {
  const [sequence, done] = [BigInt(place.sequence), BigInt(after.sequence)];
  if (sequence !== done) return sequence > done;
  return after.sub !== undefined && (place.sub ?? Number.POSITIVE_INFINITY) > after.sub;
}

const attemptsSchema = z.record(z.string(), z.object({ count: z.int().min(0), sinceMs: z.number() }));

function toAttempts(text = "{}"): ReadonlyMap<string, Attempts> {
  try {
    return new Map(Object.entries(attemptsSchema.parse(JSON.parse(text))));
  } catch {
    return new Map();
  }
}
