import type { SourceRecord } from "../source.ts";

/**
 * How a record left the delivery. `lost` is at most once only: its position was committed and no call succeeded.
 * `skipped`: the filter said no.
 */
export type Ending = "delivered" | "skipped" | "deadLettered" | "lost";

/** Why a position is held. */
export interface Hold {
  readonly reason: "RetriesExhausted" | "DeadLetterUnwritable";
  readonly message: string;
}

/** Told of everything that happens, for metrics, status and logs. Must not throw. */
export interface DeliveryObserver {
  received(count: number): void;
  ended(record: SourceRecord, ending: Ending, tookMs: number): void;
  /** An attempt failed; at least once, another follows unless a dead letter is written. */
  attemptFailed(record: SourceRecord, attempts: number, message: string): void;
  /** No connection to a ready endpoint came about; that is tried again, and was no attempt. */
  unreached(message: string): void;
  /** Records that were never tried, because their source cannot wait. */
  dropped(count: number): void;
  /** A record that failed for good holds its position; undefined: none does any more. */
  held(hold: Hold | undefined): void;
  /** The broker has taken a commit. */
  committed(): void;
  commitFailed(error: Error): void;
}
