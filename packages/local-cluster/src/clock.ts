import type { Clock } from "./api/cluster-api.ts";

/** The machine's own time. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    setTimeout(callback, delayMs) {
      const timer = setTimeout(callback, delayMs);
      return { clear: () => clearTimeout(timer) };
    },
  };
}
