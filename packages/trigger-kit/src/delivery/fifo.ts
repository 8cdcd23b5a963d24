/** A queue whose ends cost nothing, however long it is, and that keeps nothing of what came out. */
export interface Fifo<Item extends object> {
  readonly size: number;
  push(item: Item): void;
  /** These come out before all others. */
  putBack(items: readonly Item[]): void;
  shift(): Item | undefined;
  /** Takes out, and returns, every item for which `gone` is true. */
  discard(gone: (item: Item) => boolean): readonly Item[];
}

/** So many places may stand empty at the front before they are given up. */
const mostEmpty = 1024;

export function createFifo<Item extends object>(): Fifo<Item> {
  let items: (Item | undefined)[] = [];
  let next = 0;

  const left = () => items.slice(next).filter((item) => item !== undefined);
  const restart = (anew: readonly Item[]) => {
    items = [...anew];
    next = 0;
  };

  return {
    get size() {
      return items.length - next;
    },
    push: (item) => void items.push(item),
    putBack: (first) => restart([...first, ...left()]),
    shift() {
      if (next === items.length) return undefined;
      const item = items[next];
      items[next] = undefined;
      next += 1;
      if (next === items.length) restart([]);
      else if (next > mostEmpty && next * 2 > items.length) restart(left());
      return item;
    },
    discard(gone) {
      const all = left();
      restart(all.filter((item) => !gone(item)));
      return all.filter(gone);
    },
  };
}
