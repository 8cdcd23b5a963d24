import { once } from "node:events";

/** Whether there is room for more records, for all that read. */
export interface Room {
  open(): void;
  close(): void;
  /** Resolves when there is, or when the signal is aborted. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createRoom(): Room {
  let opened: PromiseWithResolvers<void> | undefined;
  return {
    open() {
      opened?.resolve();
      opened = undefined;
    },
    close() {
      opened ??= Promise.withResolvers();
    },
    async wait(signal) {
      while (opened !== undefined && !signal.aborted) {
        const done = new AbortController();
        const aborted = once(signal, "abort", { signal: done.signal }).catch(() => undefined);
        await Promise.race([opened.promise, aborted]);
        done.abort();
      }
    },
  };
}
