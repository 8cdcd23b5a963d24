import type { Guarantee } from "../source.ts";

/** How long a replica may be silent before its parts are another's, and how often it must be heard. All in ms. */
export interface PartTiming {
  /** What others wait after its last renewal. */
  readonly leaseMs: number;
  /** What it trusts a renewal for: shorter, so that it stops before another starts. */
  readonly termMs: number;
  /** Between renewals. */
  readonly renewMs: number;
  /** Between attempts to take a part that another still holds, or to reach the API server again. */
  readonly retryMs: number;
}

/** An API server that restarts within 20 s goes unnoticed. */
export const partTiming: PartTiming = { leaseMs: 30_000, termMs: 20_000, renewMs: 8_000, retryMs: 2_000 };

/**
 * Between writes of one part's notes, in ms: what keeps the API server's load bounded. At most once every window waits
 * for its write, so that a window in 100 ms is the most there is; at least once it is what a crash repeats beside the window.
 */
export const writeIntervalMs: Readonly<Record<Guarantee, number>> = { atMostOnce: 100, atLeastOnce: 1_000 };
