/** What the holder of a part writes down for the next one: short texts by name (letters, digits and dashes). */
export type Notes = Readonly<Record<string, string>>;

/** A part of a source's work, held by this replica and by no other. */
export interface Part {
  readonly name: string;
  /** What was written last, by this holder or the one before. Outlives the trigger. */
  readonly notes: Notes;
  /**
   * False from the end of the term on, which is before another replica may take the part. By a monotonic clock, so that
   * a process that was stopped knows it at once. Cheap.
   */
  isHeld(): boolean;
  /**
   * Replaces the notes. Resolves when the API server has them: writes that follow each other quickly are one, so that a
   * part costs a bounded number of requests. Tried again while the API server is away; rejects with `PartLostError`
   * when the part is lost, and never writes over what another holder wrote.
   */
  write(notes: Notes): Promise<void>;
}

export interface PartHandlers {
  /** The part is ours: what its notes say is where to go on. */
  taken(part: Part): void;
  /**
   * The part is ours no longer, or, while `part.isHeld()`, is to be given up: what is done of it is to be written down,
   * nothing more begun. It is given back when this resolves. Not called at the end of the binding.
   */
  lost(part: Part): Promise<void>;
}

/**
 * Parts of a source's work (shards), of which each is one replica's at a time. Replicas share them evenly; those of a
 * replica that is gone are taken over when the others have not seen their Leases renewed for 30 s: they look every 9 s at
 * least, and at each other every 4 s, so that it takes 30 to 45 s from its last sign of life. A process that starts again in
 * the same pod takes over at once what the one before it held.
 */
export interface Parts {
  /** Which parts there are from now on: those that are not named any more are given up. May be called again and again. */
  share(names: readonly string[], handlers: PartHandlers): void;
  /** A part's notes, whoever holds it; undefined when it was never held. */
  read(name: string): Promise<Notes | undefined>;
}

/** The part was lost before its notes could be written: another holder goes on from the notes before. */
export class PartLostError extends Error {
  override readonly name = "PartLostError";

  constructor(part: string) {
    super(`${part} is not held by this replica any more: nothing was written down.`);
  }
}
