import type { Clock } from "./clock.ts";
import type { DeliverySettings } from "./settings.ts";

/** When a batch may be called: when it is full, or its first record has waited long enough. */
export interface BatchGate {
  isOpen(waiting: number): boolean;
  stop(): void;
}

/** `due`: a batch has waited long enough. Without batches the gate is always open. */
export function createBatchGate(batch: DeliverySettings["batch"], clock: Clock, due: () => void): BatchGate {
  let timer: { clear(): void } | undefined;
  let isDue = false;
  return {
    isOpen(waiting) {
      if (batch === undefined || waiting >= batch.maxSize) return true;
      if (isDue) {
        isDue = false;
        return true;
      }
      timer ??= clock.setTimeout(() => {
        timer = undefined;
        isDue = true;
        due();
      }, batch.maxWaitMs);
      return false;
    },
    stop: () => timer?.clear(),
  };
}
