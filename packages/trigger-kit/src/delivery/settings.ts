import type { Guarantee, Ordering } from "../source.ts";
import type { RetrySettings } from "./retry.ts";

/** How one binding delivers: a trigger's `spec.delivery` with every default filled in. */
export interface DeliverySettings {
  readonly guarantee: Guarantee;
  readonly ordering: Ordering;
  /** Records worked on at once. */
  readonly maxInFlight: number;
  readonly retry: RetrySettings;
  /** Whether a dead letter target is named. Without one a record that failed for good holds its position. */
  readonly deadLetter: boolean;
  readonly batch?: { readonly maxSize: number; readonly maxWaitMs: number } | undefined;
  /** Done records are committed together, at least so often. */
  readonly commitIntervalMs: number;
  /** How long a lane that is taken away, or a binding that is closed, waits for what runs. */
  readonly drainMs: number;
  /** Bytes of records read and not yet done, beyond which reading stops (or, where it cannot, records are dropped). */
  readonly maxBytes: number;
}
