import type { RestartBackOff } from "./pod-context.ts";

/** How long a container waits before its next start: not at all, then 10 s, 20 s, … up to five minutes, as with the kubelet. */
export class RestartDelay {
  readonly #backOff: RestartBackOff;
  #nextMs = 0;

  constructor(backOff: RestartBackOff) {
    this.#backOff = backOff;
  }

  next(): number {
    const delayMs = this.#nextMs;
    const { initialMs, maxMs } = this.#backOff;
    this.#nextMs = Math.min(maxMs, delayMs === 0 ? initialMs : delayMs * 2);
    return delayMs;
  }

  /** A run that lasted long enough forgives the failures before it. */
  hasRunFor(ms: number): void {
    if (ms >= this.#backOff.resetAfterMs) this.#nextMs = 0;
  }
}

/** As Go prints a duration: `10s`, `1m20s`, `500ms`. */
export function formatDelay(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${(ms % 60_000) / 1000}s`;
  return minutes === 0 ? seconds : `${minutes}m${seconds}`;
}
