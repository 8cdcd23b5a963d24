import { type Backoff, createBackoff } from "../informer/backoff.ts";

export interface WorkQueueOptions {
  /** Delay after a key's first failure. Default 500 ms. */
  minBackoffMs?: number | undefined;
  /** Longest delay between attempts. Default 5 minutes. */
  maxBackoffMs?: number | undefined;
  /** 0 to 1; default `Math.random`. */
  random?: (() => number) | undefined;
}

/**
 * Keys that want work, each at most once. A key added while it is worked on comes again after `finish`; it is never
 * handed to two workers at a time.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds the key when the delay is over, unless a sooner time is already set; forgotten when the key is taken before. */
  addAfter(key: string, delayMs: number): void;
  /** Adds the key after its own growing delay; returns that delay in ms. */
  addAfterFailure(key: string): number;
  /** The key is well: its next failure starts with the shortest delay. */
  forget(key: string): void;
  /** The next key; waits for one. Undefined when the queue is closed. */
  take(): Promise<string | undefined>;
  /** What `take` returned has been worked on. */
  finish(key: string): void;
  /** Nothing is handed out any more; waiting `take`s end. */
  close(): void;
  /** Keys that could be taken now. */
  readonly ready: number;
  /** Keys being worked on. */
  readonly active: number;
  /** Keys waiting for their time. */
  readonly delayed: number;
}

export function createWorkQueue(options: WorkQueueOptions = {}): WorkQueue {
  const { minBackoffMs = 500, maxBackoffMs = 300_000, random } = options;
  const queued = new Set<string>();
  const active = new Set<string>();
  const again = new Set<string>();
  const timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  const backoffs = new Map<string, Backoff>();
  const takers: ((key: string | undefined) => void)[] = [];
  let closed = false;

  function handOut(): void {
    while (takers.length > 0) {
      const [key] = queued;
      if (key === undefined) return;
      queued.delete(key);
      active.add(key);
      cancelDelayed(key);
      takers.shift()?.(key);
    }
  }

  function add(key: string): void {
    if (closed) return;
    if (active.has(key)) again.add(key);
    else queued.add(key);
    handOut();
  }

  function addAfter(key: string, delayMs: number): void {
    if (closed) return;
    const at = performance.now() + delayMs;
    const set = timers.get(key);
    if (set !== undefined && set.at <= at) return;
    clearTimeout(set?.timer);
    const timer = setTimeout(() => {
      timers.delete(key);
      add(key);
    }, delayMs);
    timers.set(key, { at, timer });
  }

  function cancelDelayed(key: string): void {
    clearTimeout(timers.get(key)?.timer);
    timers.delete(key);
  }

  function backoffOf(key: string): Backoff {
    const backoff = backoffs.get(key) ?? createBackoff({ minMs: minBackoffMs, maxMs: maxBackoffMs, random });
    backoffs.set(key, backoff);
    return backoff;
  }

  return {
    add,
    addAfter,
    addAfterFailure(key) {
      const delayMs = backoffOf(key).nextMs();
      addAfter(key, delayMs);
      return delayMs;
    },
    forget(key) {
      backoffs.delete(key);
    },
    take() {
      if (closed) return Promise.resolve(undefined);
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      takers.push(resolve);
      handOut();
      return promise;
    },
    finish(key) {
      active.delete(key);
      if (again.delete(key)) add(key);
    },
    close() {
      closed = true;
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
      queued.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
    get ready() {
      return queued.size;
    },
    get active() {
      return active.size;
    },
    get delayed() {
      return timers.size;
    },
  };
}
