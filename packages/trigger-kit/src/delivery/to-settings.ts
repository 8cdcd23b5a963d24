import type { Delivery } from "@kubeless/api-types";
import type { DeliverySettings } from "./settings.ts";

/** Seconds a call may take beyond the function's own timeout, for the way there and back. */
const CALL_SLACK_SECONDS = 5;

/** Milliseconds between commits of done records: what a crash repeats beside the window. */
const COMMIT_INTERVAL_MS = 100;

/** Seconds a lane that is taken away waits beyond a call's timeout. */
const DRAIN_SLACK_SECONDS = 1;

/** Bytes that one binding keeps in memory of what it has read and not finished. */
const MAX_BYTES = 8 * 1024 * 1024;

/** What a binding's delivery is run with, and how long one call may take. */
export interface BindingSettings {
  readonly delivery: DeliverySettings;
  readonly callTimeoutMs: number;
}

/** Fills in what a trigger's `spec.delivery` leaves open, for a function of this timeout (seconds). */
export function toSettings(delivery: Delivery, functionTimeoutSeconds: number): BindingSettings {
  const callSeconds = delivery.timeoutSeconds ?? functionTimeoutSeconds + CALL_SLACK_SECONDS;
  return {
    callTimeoutMs: callSeconds * 1000,
    delivery: {
      guarantee: delivery.guarantee,
      ordering: delivery.ordering,
      maxInFlight: delivery.maxInFlight,
      retry: delivery.retry,
      deadLetter: delivery.deadLetter !== undefined,
      batch: toBatch(delivery),
      commitIntervalMs: COMMIT_INTERVAL_MS,
      drainMs: (callSeconds + DRAIN_SLACK_SECONDS) * 1000,
      maxBytes: MAX_BYTES,
    },
  };
}

/** One larger than what may be under way would never be full, and each would wait as long as it may. */
function toBatch({ batch, maxInFlight }: Delivery): DeliverySettings["batch"] {
  return batch && { ...batch, maxSize: Math.min(batch.maxSize, maxInFlight) };
}
