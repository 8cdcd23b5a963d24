import type { Evidence, FaultFigures } from "./verdict.ts";

/** Nothing is lost, repeats are few, and dead letters are whole, deserved, and few more than one for each event. */
export function judgeAtLeastOnce(seen: Evidence): {
  readonly violations: readonly string[];
  readonly perFault: readonly FaultFigures[];
} {
  const { lost, countedLost } = seen;
  const perFault = duplicatesByFault(seen);
  return {
    perFault,
    violations: [
      ...(lost.length > 0 ? [`${lost.length} events were lost, the first is ${lost[0]}.`] : []),
      ...(countedLost > 0 ? [`${countedLost} events were lost, by the replicas' own count.`] : []),
      ...perFault
        .filter(({ duplicates, allowed }) => duplicates > allowed)
        .map(
          ({ fault, duplicates, allowed }) => `${duplicates} repeats after ${fault}, ${allowed} are allowed.`,
        ),
      ...judgeDeadLetters(seen),
    ],
  };
}

/** Every repeat belongs to the last fault that had begun. */
function duplicatesByFault(seen: Evidence): FaultFigures[] {
  const allowed = allowedPerFault(seen);
  const whole = { name: "no fault at all", startedMs: Number.NEGATIVE_INFINITY };
  return [whole, ...seen.faults].map((fault, at, all) => {
    const until = all[at + 1]?.startedMs ?? Number.POSITIVE_INFINITY;
    const its = seen.repeats.filter(({ startedMs }) => startedMs >= fault.startedMs && startedMs < until);
    return { fault: fault.name, duplicates: its.length, allowed: fault === whole ? 0 : allowed };
  });
}

/**
 * The window and what was finished within a commit interval, at the best rate of the run. An event is finished once: a
 * source that repeats fast does not earn itself more repeats.
 */
function allowedPerFault({ window, commitIntervalMs, succeededMs }: Evidence): number {
  const ends = [...succeededMs.values()].toSorted((a, b) => a - b);
  let best = 0;
  let from = 0;
  for (const [at, end] of ends.entries()) {
    while (end - (ends[from] ?? end) > commitIntervalMs) from += 1;
    best = Math.max(best, at - from + 1);
  }
  return window + best;
}

function judgeDeadLetters(seen: Evidence): string[] {
  const letters = [...seen.deadLetters];
  const changed = letters.filter(([id, wholes]) =>
    wholes.some((whole) => whole !== seen.stored.get(id)?.whole),
  );
  const undeserved = letters.filter(([id]) => !isDeserved(seen, id));
  const repeated = letters.reduce((sum, [, wholes]) => sum + wholes.length - 1, 0);
  const allowed = seen.faults.length * allowedPerFault(seen);
  return [
    ...(changed.length > 0 ? [`${changed.length} dead letters are not what was sent.`] : []),
    ...(undeserved.length > 0
      ? [`${undeserved.length} events became dead letters without cause, the first is ${undeserved[0]?.[0]}.`]
      : []),
    ...(repeated > allowed
      ? [`${repeated} dead letters were written again, ${allowed} are allowed in all.`]
      : []),
  ];
}

/**
 * The function refused it, or failed it often enough: half of the attempts at least, for it knows nothing of those whose
 * connection it did not take.
 */
function isDeserved({ byId, maxAttempts }: Evidence, id: string): boolean {
  const failed = (byId.get(id) ?? []).filter(({ status }) => status !== 200);
  return failed.some(({ status }) => status === 404) || failed.length >= maxAttempts / 2;
}
