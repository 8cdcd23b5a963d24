import type { Entry } from "./entry.ts";
import { createFifo } from "./fifo.ts";

/** Entries that may be started, oldest first; what has an order key one group at a time. */
export interface ReadyQueue {
  readonly size: number;
  /** Whether {@link take} would give one: not when all that is left waits behind an order key that is held. */
  readonly canTake: boolean;
  push(entry: Entry): void;
  /** The oldest entry whose order key nobody holds; from now on it holds it. */
  take(): Entry | undefined;
  /** More entries for the batch that `first` began, which hold its key with it: those behind it, or any without a key. */
  takeMore(first: Entry, count: number): Entry[];
  /** These were taken and are to wait again, before all others behind their key, which somebody else still holds. */
  putBack(entries: readonly Entry[]): void;
  /** An entry that held this order key is done: when none holds it any more the next one may go. */
  release(order: string | undefined): void;
  /** Takes out every entry for which `gone` is true. */
  discard(gone: (entry: Entry) => boolean): void;
}

/** Who waits behind an order key that one entry in the queue, or some that were taken, hold. */
interface Chain {
  holders: number;
  waiting: Entry[];
}

export function createReadyQueue(): ReadyQueue {
  const heads = createFifo<Entry>();
  let size = 0;
  const chains = new Map<string, Chain>();

  const shift = (): Entry | undefined => {
    const entry = heads.shift();
    if (entry !== undefined) size -= 1;
    return entry;
  };

  const release = (order: string | undefined): void => {
    const chain = order === undefined ? undefined : chains.get(order);
    if (order === undefined || chain === undefined) return;
    chain.holders -= 1;
    if (chain.holders > 0) return;
    const following = chain.waiting.shift();
    if (following === undefined) chains.delete(order);
    else {
      chain.holders = 1;
      heads.push(following);
    }
  };

  return {
    get size() {
      return size;
    },
    get canTake() {
      return heads.size > 0;
    },
    push(entry) {
      size += 1;
      const chain = entry.order === undefined ? undefined : chains.get(entry.order);
      if (chain !== undefined) chain.waiting.push(entry);
      else {
        if (entry.order !== undefined) chains.set(entry.order, { holders: 1, waiting: [] });
        heads.push(entry);
      }
    },
    take: shift,
    takeMore(first, count) {
      if (first.order === undefined)
        return Array.from({ length: Math.min(count, heads.size) }, shift).filter(
          (entry) => entry !== undefined,
        );
      const chain = chains.get(first.order);
      const taken = chain?.waiting.splice(0, count) ?? [];
      if (chain !== undefined) chain.holders += taken.length;
      size -= taken.length;
      return taken;
    },
    putBack(entries) {
      const chain = chains.get(entries[0]?.order ?? "");
      if (chain === undefined) return;
      chain.holders -= entries.length;
      chain.waiting.unshift(...entries);
      size += entries.length;
    },
    release,
    discard(gone) {
      const keep = (entry: Entry) => !gone(entry);
      for (const chain of chains.values()) chain.waiting = chain.waiting.filter(keep);
      for (const head of heads.discard(gone)) release(head.order);
      size = heads.size;
      for (const { waiting } of chains.values()) size += waiting.length;
    },
  };
}
