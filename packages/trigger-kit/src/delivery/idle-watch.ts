import type { Clock } from "./clock.ts";

/** Waits for something to have come to its end, looked at whenever something may have. */
export interface IdleWatch {
  /** Something has ended: those that wait look again. */
  look(): void;
  /** Resolves when `isIdle` says so, or after `withinMs`. */
  wait(isIdle: () => boolean, withinMs: number): Promise<void>;
}

export function createIdleWatch(clock: Clock): IdleWatch {
  const watchers = new Set<() => void>();
  return {
    look() {
      for (const watcher of [...watchers]) watcher();
    },
    wait: (isIdle, withinMs) =>
      new Promise((resolve) => {
        const finish = () => {
          watchers.delete(watcher);
          deadline.clear();
          resolve();
        };
        const watcher = () => isIdle() && finish();
        const deadline = clock.setTimeout(finish, withinMs);
        watchers.add(watcher);
        watcher();
      }),
  };
}
