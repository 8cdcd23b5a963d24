import { shuffle } from "./random.ts";

/** One way in which a run is disturbed. */
export interface Fault {
  readonly name: string;
  /** How long it lasts. */
  readonly lastsMs: number;
  /** A process that had reserved events is gone, or was away past its session: nobody can count what it had. */
  readonly isDeath?: boolean;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/**
 * As many faults as are asked for, or more, each at least once and the rest at random, the same for the same random
 * numbers; or those that are asked for by name.
 */
export function planFaults(
  faults: readonly Fault[],
  wanted: number | readonly string[],
  random: () => number,
): readonly Fault[] {
  if (typeof wanted !== "number")
    return wanted.map((name) => {
      const fault = faults.find((each) => each.name === name);
      if (fault === undefined) throw new Error(`There is no fault "${name}".`);
      return fault;
    });
  const short = faults.filter(({ lastsMs }) => lastsMs < 10_000);
  const more = Array.from({ length: Math.max(0, wanted - faults.length) }, () => shuffle(short, random)[0]);
  return [...shuffle(faults, random), ...more.filter((fault) => fault !== undefined)];
}
