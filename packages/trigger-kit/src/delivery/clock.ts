/** Time as delivery sees it, so that tests can drive it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): { clear(): void };
}

/** A timer that is to last longer is over at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestMs = 2 ** 31 - 1;

/** A delay of more than 24 days is one of 24 days. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(delayMs, longestMs));
    return { clear: () => clearTimeout(timer) };
  },
};
