export interface Backoff {
  /** How long to wait before the next attempt; grows until `reset`. */
  nextMs(): number;
  reset(): void;
}

export interface BackoffOptions {
  minMs: number;
  maxMs: number;
  /** 0 to 1; default `Math.random`. */
  random?: (() => number) | undefined;
}

/** Doubles from `minMs` to `maxMs`; each delay lies between half of the step and the step, so that crowds disperse. */
export function createBackoff({ minMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let attempt = 0;
  return {
    nextMs() {
      const step = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
      attempt += 1;
      return step * (0.5 + random() / 2);
    },
    reset() {
      attempt = 0;
    },
  };
}
