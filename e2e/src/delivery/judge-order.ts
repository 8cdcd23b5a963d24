import type { Evidence, StoredEvent } from "./verdict.ts";

type Placed = readonly [id: string, event: StoredEvent];

/**
 * An event is called for the first time after everything before it in its lane was called, and after what of that
 * succeeded had ended: one that failed is tried again before the next has its turn, unless it became a dead letter.
 */
export function judgeOrder(seen: Evidence): string[] {
  const lanes = Map.groupBy(seen.stored, ([, { lane }]) => lane);
  const early = [...lanes.values()].flatMap((lane) => findEarly(seen, lane));
  return early.length === 0
    ? []
    : [`${early.length} events were delivered for the first time out of order, the first is ${early[0]}.`];
}

function findEarly({ byId, succeededMs, deadLetters }: Evidence, lane: readonly Placed[]): string[] {
  const early: string[] = [];
  let freeMs = Number.NEGATIVE_INFINITY;
  for (const [id] of lane.toSorted(([, a], [, b]) => a.index - b.index)) {
    const startedMs = byId.get(id)?.[0]?.startedMs;
    if (startedMs === undefined) continue;
    if (startedMs < freeMs) early.push(id);
    const endedMs = deadLetters.has(id) ? undefined : succeededMs.get(id);
    freeMs = Math.max(freeMs, endedMs ?? startedMs);
  }
  return early;
}
