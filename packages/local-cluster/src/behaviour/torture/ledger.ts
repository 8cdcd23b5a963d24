/** What a key may hold; undefined is: nothing. */
type Value = string | undefined;

/** What writers were told, against what is found: the judge of durability. One writer a key at a time. */
export interface Ledger {
  /** A write that may or may not happen from now on. */
  begin(key: string, value: Value): void;
  /** The write that was begun last is promised to be there. */
  acknowledge(key: string): void;
  /** Names every key that holds neither what was acknowledged last nor what was begun after it; goes on from what was found. */
  audit(found: ReadonlyMap<string, string>): readonly string[];
  readonly acknowledged: number;
  keys(): readonly string[];
  valueOf(key: string): Value;
}

export function createLedger(): Ledger {
  const promised = new Map<string, Value>();
  const begun = new Map<string, Value>();
  let acknowledged = 0;
  return {
    get acknowledged() {
      return acknowledged;
    },
    begin: (key, value) => void begun.set(key, value),
    acknowledge(key) {
      promised.set(key, begun.get(key));
      begun.delete(key);
      acknowledged += 1;
    },
    audit(found) {
      const keys = new Set([...promised.keys(), ...begun.keys(), ...found.keys()]);
      const faults = [...keys].filter((key) => {
        const value = found.get(key);
        return value !== promised.get(key) && !(begun.has(key) && value === begun.get(key));
      });
      const told = faults.map(
        (key) => `${key} holds ${found.get(key)}, acknowledged was ${promised.get(key)}`,
      );
      begun.clear();
      promised.clear();
      for (const [key, value] of found) promised.set(key, value);
      return told;
    },
    keys: () => [...promised].flatMap(([key, value]) => (value === undefined ? [] : [key])),
    valueOf: (key) => promised.get(key),
  };
}
