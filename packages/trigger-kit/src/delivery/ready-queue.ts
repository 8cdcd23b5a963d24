import type { Entry } from "./entry.ts";

/** Entries that may be started, oldest first, one at a time for each order key. */
export interface ReadyQueue {
  readonly size: number;
  /** Whether {@link take} would give one: not when all that is left waits behind an order key that is held. */
  readonly canTake: boolean;
  push(entry: Entry): void;
  /** The oldest entry whose order key nobody holds; from now on it holds it. */
  take(): Entry | undefined;
  /** More entries for the batch that `first` began: those behind it where it has an order key, else any. */
  takeMore(first: Entry, count: number): Entry[];
  /** The entry that held this order key is done: the next one may go. */
  release(order: string | undefined): void;
  /** Takes out every entry for which `gone` is true, and returns them. */
  discard(gone: (entry: Entry) => boolean): Entry[];
}

export function createReadyQueue(): ReadyQueue {
  let heads: Entry[] = [];
  let next = 0;
  let size = 0;
  /** What waits behind the entry that stands in `heads` or holds the key. */
  const behind = new Map<string, Entry[]>();

  const shift = (): Entry | undefined => {
    const entry = heads[next];
    if (entry === undefined) return undefined;
    next += 1;
    if (next > 1024 && next * 2 > heads.length) {
      heads = heads.slice(next);
      next = 0;
    }
    size -= 1;
    return entry;
  };

  const release = (order: string | undefined): void => {
    if (order === undefined) return;
    const following = behind.get(order)?.shift();
    if (following === undefined) behind.delete(order);
    else heads.push(following);
  };

  return {
    get size() {
      return size;
    },
    get canTake() {
      return next < heads.length;
    },
    push(entry) {
      size += 1;
      const chain = entry.order === undefined ? undefined : behind.get(entry.order);
      if (chain !== undefined) chain.push(entry);
      else {
        if (entry.order !== undefined) behind.set(entry.order, []);
        heads.push(entry);
      }
    },
    take: shift,
    takeMore(first, count) {
      if (first.order === undefined)
        return Array.from({ length: Math.min(count, heads.length - next) }, shift).filter(
          (entry) => entry !== undefined,
        );
      const taken = behind.get(first.order)?.splice(0, count) ?? [];
      size -= taken.length;
      return taken;
    },
    release,
    discard(gone) {
      const dropped: Entry[] = [];
      const keep = (entry: Entry) => {
        if (gone(entry)) dropped.push(entry);
        return !gone(entry);
      };
      for (const [order, chain] of behind) behind.set(order, chain.filter(keep));
      const goneHeads = heads.slice(next).filter((entry) => !keep(entry));
      heads = heads.slice(next).filter((entry) => !gone(entry));
      next = 0;
      size -= dropped.length;
      for (const head of goneHeads) release(head.order);
      return dropped;
    },
  };
}
