import type { Clock } from "./clock.ts";
import type { Entry } from "./entry.ts";

export interface OverdueOptions {
  /** Undefined: the source keeps what waits, for ever. */
  readonly waitMs: number | undefined;
  readonly clock: Clock;
  readonly isReady: () => boolean;
  /** Entries that no call has, oldest first. */
  readonly waiting: () => Iterable<Entry>;
  readonly drop: (entries: readonly Entry[]) => void;
}

/** A source that keeps nothing: what waits for a ready endpoint does so as long as a call may take, and no longer. */
export interface Overdue {
  /** Records came, or the function is not ready any more. */
  watch(): void;
  stop(): void;
}

/** What is overdue is dropped together, so often at most. */
const lookEveryMs = 250;

export function createOverdue({ waitMs, clock, isReady, waiting, drop }: OverdueOptions): Overdue {
  let timer: { clear(): void } | undefined;

  function watch(): void {
    if (waitMs === undefined || timer !== undefined || isReady()) return;
    for (const { enteredMs } of waiting()) {
      timer = clock.setTimeout(look, Math.max(lookEveryMs, enteredMs + waitMs - clock.now()));
      return;
    }
  }

  function look(): void {
    timer = undefined;
    if (waitMs === undefined || isReady()) return;
    const latestMs = clock.now() - waitMs;
    drop([...waiting()].filter(({ enteredMs }) => enteredMs <= latestMs));
    watch();
  }

  return { watch, stop: () => timer?.clear() };
}
