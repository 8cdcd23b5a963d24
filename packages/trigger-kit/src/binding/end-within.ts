import type { Clock } from "../delivery/clock.ts";

/** Resolves when the work has come to its end, whether well or not, or after so long. */
export function endWithin(ms: number, work: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, ms);
    work
      .catch(() => undefined)
      .finally(() => {
        timer.clear();
        resolve();
      });
  });
}
