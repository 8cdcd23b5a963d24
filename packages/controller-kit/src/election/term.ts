/** The term of a leader is over: nothing may be written any more. */
export class TermOverError extends Error {
  override readonly name = "TermOverError";
}

/** A time in which this process, and no other, is the leader. */
export interface Term {
  /** Throws when the term is over. Synchronous and by a monotonic clock: call it right before each write. */
  readonly check: () => void;
  /** Resolves when the term is over. */
  readonly over: Promise<void>;
}

export interface TermHandle extends Term {
  isOver(): boolean;
  extend(validUntil: number): void;
  end(): void;
}

/**
 * A term that is over at `validUntil` unless extended before. After the process was stopped for long, `check` knows at
 * once, before any timer or renewal ran.
 */
export function createTerm({ validUntil, now }: { validUntil: number; now: () => number }): TermHandle {
  const over = Promise.withResolvers<void>();
  let until = validUntil;
  let timer: NodeJS.Timeout | undefined;

  function end(): void {
    clearTimeout(timer);
    until = Number.NEGATIVE_INFINITY;
    over.resolve();
  }

  function isOver(): boolean {
    return now() >= until;
  }

  function endInTime(): void {
    clearTimeout(timer);
    timer = setTimeout(() => (isOver() ? end() : endInTime()), Math.max(1, until - now()));
    timer.unref();
  }

  endInTime();
  return {
    over: over.promise,
    isOver,
    check() {
      if (!isOver()) return;
      end();
      throw new TermOverError("This process is no longer the leader; nothing was written.");
    },
    extend(validUntil) {
      if (isOver()) return;
      until = validUntil;
      endInTime();
    },
    end,
  };
}
