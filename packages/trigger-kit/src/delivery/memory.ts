import type { SourceRecord, Subscription } from "../source.ts";
import { bytesOf } from "./entry.ts";

/** The bytes of records that were read and are not done, held below a bound. */
export interface Memory {
  take(bytes: number): void;
  give(bytes: number): void;
  /** Stops reading when the bound is reached; it goes on when half of it is free. */
  pauseWhenFull(): void;
  /** How many of these records, from the first on, still fit. */
  roomFor(records: readonly SourceRecord[]): number;
}

export function createMemory(maxBytes: number, subscription: Pick<Subscription, "pause" | "resume">): Memory {
  let used = 0;
  let paused = false;
  return {
    take(bytes) {
      used += bytes;
    },
    give(bytes) {
      used -= bytes;
      if (!paused || used >= maxBytes / 2) return;
      paused = false;
      subscription.resume();
    },
    pauseWhenFull() {
      if (paused || used < maxBytes) return;
      paused = true;
      subscription.pause();
    },
    roomFor(records) {
      let sum = used;
      const beyond = records.findIndex((record) => {
        sum += bytesOf(record);
        return sum > maxBytes;
      });
      return beyond === -1 ? records.length : beyond;
    },
  };
}
