/**
 * Lets a change that is not the users' own (the catalogue, our images) reach only some functions at a time, so that a
 * bad image stops after a few of them: a function holds its place until it has rolled out.
 */
export interface RolloutGate {
  /** Whether `key` may roll out now; it then holds a place. Asked again, a holder says that it is still there. */
  enter(key: string): boolean;
  holds(key: string): boolean;
  /** The function has rolled out. */
  leave(key: string): void;
}

export interface RolloutGateOptions {
  /** How many may hold a place at a time. */
  readonly places: number;
  /** A holder that was not heard of for so long is gone: its function was deleted. */
  readonly forgottenAfterMs: number;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

export function createRolloutGate({ places, forgottenAfterMs, now }: RolloutGateOptions): RolloutGate {
  const heardOf = new Map<string, number>();

  function forget(): void {
    for (const [key, at] of heardOf) if (now() - at > forgottenAfterMs) heardOf.delete(key);
  }

  return {
    enter(key) {
      forget();
      if (!heardOf.has(key) && heardOf.size >= places) return false;
      heardOf.set(key, now());
      return true;
    },
    holds: (key) => heardOf.has(key),
    leave(key) {
      heardOf.delete(key);
    },
  };
}
