import type { Clock } from "../api/cluster-api.ts";
import { StatusError } from "../errors.ts";

/** Milliseconds until the object must be looked at again though nothing changes; nothing: when something changes. */
export type Reconciled = number | undefined;

export interface LoopOptions {
  readonly clock: Clock;
  /** Brings one object, by its `namespace/name`, to what it should be, from what is there now. Synchronous. */
  readonly reconcile: (key: string) => Reconciled;
  /** Told of every fault that is not a conflict; what it was about is tried again by itself. */
  readonly onFault: (error: unknown) => void;
}

/** A work queue and its one worker: a key stands in it once, and is worked on until it succeeds. */
export interface Loop {
  enqueue(key: string): void;
  /** Later, unless it is worked on before. */
  enqueueAfter(key: string, delayMs: number): void;
  stop(): void;
}

const firstBackOffMs = 5;
const longestBackOffMs = 30_000;
/** A timer holds 24 days at most, and stands still while the machine sleeps: nobody waits longer for a second look. */
const longestWaitMs = 60_000;

/** Level-triggered: what is queued is a name, never an event. A bad object backs off and never holds up another. */
export function createLoop({ clock, reconcile, onFault }: LoopOptions): Loop {
  const queued = new Set<string>();
  const timers = new Map<string, { clear(): void }>();
  const failures = new Map<string, number>();
  let scheduled: NodeJS.Immediate | undefined;
  let isOver = false;

  const enqueue = (key: string): void => {
    if (isOver) return;
    timers.get(key)?.clear();
    timers.delete(key);
    queued.add(key);
    scheduled ??= setImmediate(drain);
  };

  const enqueueAfter = (key: string, delayMs: number): void => {
    if (isOver || queued.has(key)) return;
    timers.get(key)?.clear();
    timers.set(
      key,
      clock.setTimeout(() => enqueue(key), Math.min(delayMs, longestWaitMs)),
    );
  };

  /** One round: what is queued meanwhile waits for the next, so that requests are served between rounds. */
  const drain = (): void => {
    scheduled = undefined;
    const round = [...queued];
    queued.clear();
    for (const key of round) work(key);
  };

  const work = (key: string): void => {
    if (isOver) return;
    try {
      const againMs = reconcile(key);
      failures.delete(key);
      if (againMs !== undefined) enqueueAfter(key, againMs);
    } catch (error) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      if (!(error instanceof StatusError && error.reason === "Conflict")) onFault(error);
      enqueueAfter(key, Math.min(firstBackOffMs * 2 ** count, longestBackOffMs));
    }
  };

  return {
    enqueue,
    enqueueAfter,
    stop() {
      isOver = true;
      for (const timer of timers.values()) timer.clear();
      if (scheduled !== undefined) clearImmediate(scheduled);
    },
  };
}

/** A loop over what its watches enqueue; each watch is a function that ends it. */
export function startLoop(
  options: LoopOptions,
  watch: (loop: Loop) => readonly (() => void)[],
): { stop(): void } {
  const loop = createLoop(options);
  const ends = watch(loop);
  return {
    stop() {
      for (const end of ends) end();
      loop.stop();
    },
  };
}
