import type { Clock } from "../../api/cluster-api.ts";

const firstDelayMs = 10_000;
const longestDelayMs = 600_000;

interface Record {
  readonly failures: number;
  readonly lastFailureAt: number;
}

/** How a job's newly ended pods ended, in the order of their ends. */
export interface PodEnd {
  readonly at: number;
  readonly isSuccess: boolean;
}

/**
 * How long jobs wait before they replace a failed pod: 10 s, doubled with each failure in a row up to ten minutes,
 * as the job controller of Kubernetes does. Kept in memory only: a restart forgives.
 */
export class FailureBackOff {
  readonly #clock: Clock;
  readonly #records = new Map<string, Record>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(uid: string, ends: readonly PodEnd[]): void {
    for (const { at, isSuccess } of [...ends].sort((a, b) => a.at - b.at)) {
      const { failures } = this.#records.get(uid) ?? { failures: 0 };
      if (isSuccess) this.#records.delete(uid);
      else this.#records.set(uid, { failures: failures + 1, lastFailureAt: at });
    }
  }

  remainingMs(uid: string): number {
    const record = this.#records.get(uid);
    if (record === undefined) return 0;
    const delayMs = Math.min(firstDelayMs * 2 ** (record.failures - 1), longestDelayMs);
    return Math.max(0, record.lastFailureAt + delayMs - this.#clock.now());
  }

  forget(uid: string): void {
    this.#records.delete(uid);
  }
}
