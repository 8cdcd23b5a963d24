import type { Clock } from "./clock.ts";
import type { Entry } from "./entry.ts";

/** At most one timer for each entry. */
export interface Timers {
  set(entry: Entry, delayMs: number, then: () => void): void;
  clear(entry: Entry): void;
}

export function createTimers(clock: Clock): Timers {
  const timers = new Map<Entry, { clear(): void }>();
  return {
    set(entry, delayMs, then) {
      const timer = clock.setTimeout(() => {
        timers.delete(entry);
        then();
      }, delayMs);
      timers.set(entry, timer);
    },
    clear(entry) {
      timers.get(entry)?.clear();
      timers.delete(entry);
    },
  };
}
