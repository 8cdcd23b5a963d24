import type { SourceRecord } from "../source.ts";

/** A record on its way: where it stands, how often it was tried, and what must be given back when it is done. */
export interface Entry {
  readonly record: SourceRecord;
  readonly lane: Lane;
  /** What order is kept within: see `orderKey`. */
  readonly order: string | undefined;
  readonly bytes: number;
  /** When it was read, in milliseconds since the epoch. */
  readonly enteredMs: number;
  /**
   * `queued` not started · `starting` taken from the queue · `running` being called · `parked` waits for a ready endpoint · `backingOff` waits for its next
   * attempt · `writing` its dead letter is being written · `done` · `dropped` left to another reader.
   */
  state: "queued" | "starting" | "running" | "parked" | "backingOff" | "writing" | "done" | "dropped";
  attempts: number;
  /** How often no connection came about, so that it was no attempt. */
  unreached: number;
  /** When it was first tried, in milliseconds since the epoch; 0 before. */
  sinceMs: number;
  /** Whether it takes up a place of the window. */
  open: boolean;
}

/** The records of one lane that are not yet committed, in the order they were read. */
export interface Lane {
  readonly name: string;
  readonly entries: Entry[];
  /** How many entries at the front are done: they can be committed. */
  done: number;
  /** No longer ours, or about to be: nothing enters any more, and nothing is started that was not reserved. */
  revoked: boolean;
}

/** What a record costs beside its bytes, roughly: objects, headers, timers. */
const overheadBytes = 512;

export function bytesOf(record: SourceRecord): number {
  return record.body.byteLength + (record.key?.byteLength ?? 0) + overheadBytes;
}

/** Whether something of the entry is still under way, so that its lane cannot be let go. */
export function isBusy(entry: Entry, atMostOnce: boolean): boolean {
  return entry.state === "running" || entry.state === "writing" || (atMostOnce && entry.open);
}
