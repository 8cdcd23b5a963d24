import type { Attempts } from "../source.ts";

export interface RetrySettings {
  readonly maxAttempts: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly maxAgeSeconds: number;
}

/**
 * How long to wait before the next attempt: doubling from `minBackoffMs` to `maxBackoffMs`, of which a random half is
 * taken off, so that records that failed together do not come back together.
 */
export function backoffMs(retry: RetrySettings, attempt: number, random: () => number): number {
  const ceiling = Math.min(retry.maxBackoffMs, retry.minBackoffMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** Whether a record that was tried so often, for so long, is not tried again. */
export function isExhausted(
  retry: RetrySettings,
  attempts: Attempts,
  nowMs: number,
): "attempts" | "age" | undefined {
  if (attempts.count >= retry.maxAttempts) return "attempts";
  return nowMs - attempts.sinceMs >= retry.maxAgeSeconds * 1000 ? "age" : undefined;
}
