import type { Call } from "./function-server.ts";

/** An event as the broker holds it. */
export interface StoredEvent {
  /** What order is promised within, and the place in it. */
  readonly lane: string;
  readonly index: number;
  readonly digest: string;
}

/** A fault that happened, on the clock of the calls. */
export interface PastFault {
  readonly name: string;
  readonly startedMs: number;
  readonly endedMs: number;
  /** How many calls were being answered when it began. */
  readonly inFlight: number;
  readonly isDeath: boolean;
}

export interface Observation {
  readonly guarantee: "atMostOnce" | "atLeastOnce";
  /** Whether first deliveries ascend in their lanes. */
  readonly ordered: boolean;
  /** Calls at once, over all replicas. */
  readonly window: number;
  /** Milliseconds between two commits. */
  readonly commitIntervalMs: number;
  /** Read back from the broker after the run, by position. */
  readonly stored: ReadonlyMap<string, StoredEvent>;
  readonly calls: readonly Call[];
  /** The digests of dead letters, by the position they came from. */
  readonly deadLetters: ReadonlyMap<string, readonly string[]>;
  readonly faults: readonly PastFault[];
  /** What the replicas say they lost or dropped themselves. */
  readonly countedLost: number;
}

export interface FaultFigures {
  readonly fault: string;
  readonly duplicates: number;
  readonly allowed: number;
}

export interface Verdict {
  /** Each a sentence; none: the guarantee was kept. */
  readonly violations: readonly string[];
  readonly events: number;
  readonly delivered: number;
  readonly deadLettered: number;
  readonly duplicates: number;
  readonly lost: number;
  readonly perFault: readonly FaultFigures[];
}

/** Holds what was seen against what was promised. Pure. */
export function judge(seen: Observation): Verdict {
  const byId = Map.groupBy(seen.calls, ({ id }) => id);
  const succeeded = new Set(seen.calls.filter(({ status }) => status === 200).map(({ id }) => id));
  const lost = [...seen.stored.keys()].filter((id) =>
    seen.guarantee === "atLeastOnce" ? !succeeded.has(id) && !seen.deadLetters.has(id) : !byId.has(id),
  );
  const repeats = findRepeats(seen, byId);
  const perFault = seen.guarantee === "atLeastOnce" ? duplicatesByFault(seen, repeats) : [];
  return {
    violations: [
      ...phantoms(seen),
      ...(seen.guarantee === "atLeastOnce"
        ? judgeAtLeastOnce(seen, lost, perFault)
        : judgeAtMostOnce(seen, lost, repeats)),
      ...(seen.ordered ? judgeOrder(seen, byId) : []),
      ...seen.faults
        .filter(({ name }) => !seen.faults.some((fault) => fault.name === name && fault.inFlight > 0))
        .map(({ name }) => `No call was in flight when ${name}: the run shows nothing of it.`),
    ],
    events: seen.stored.size,
    delivered: succeeded.size,
    deadLettered: seen.deadLetters.size,
    duplicates: repeats.length,
    lost: lost.length,
    perFault,
  };
}

/** At least once a repeat is a call after one that succeeded; at most once any second call. */
function findRepeats(seen: Observation, byId: ReadonlyMap<string, readonly Call[]>): readonly Call[] {
  return [...byId.values()].flatMap((calls) => {
    const first = seen.guarantee === "atMostOnce" ? calls[0] : calls.find(({ status }) => status === 200);
    return first === undefined ? [] : calls.slice(calls.indexOf(first) + 1);
  });
}

function phantoms({ calls, stored }: Observation): string[] {
  const strange = calls.filter(({ id, digest }) => stored.get(id)?.digest !== digest);
  return strange.length === 0
    ? []
    : [`${strange.length} calls carried what no event holds, the first of ${strange[0]?.id}.`];
}

function judgeAtLeastOnce(
  seen: Observation,
  lost: readonly string[],
  perFault: readonly FaultFigures[],
): string[] {
  const changed = [...seen.deadLetters].filter(([id, digests]) =>
    digests.some((digest) => digest !== seen.stored.get(id)?.digest),
  );
  return [
    ...(lost.length > 0 ? [`${lost.length} events were lost, the first is ${lost[0]}.`] : []),
    ...perFault
      .filter(({ duplicates, allowed }) => duplicates > allowed)
      .map(
        ({ fault, duplicates, allowed }) => `${duplicates} repeats after ${fault}, ${allowed} are allowed.`,
      ),
    ...(changed.length > 0 ? [`${changed.length} dead letters are not what was sent.`] : []),
  ];
}

/**
 * Every repeat belongs to the last fault that had begun. Allowed are the window and what was finished within a commit
 * interval, at the best rate of the run.
 */
function duplicatesByFault(seen: Observation, repeats: readonly Call[]): FaultFigures[] {
  const allowed = seen.window + bestRate(seen);
  const whole = { name: "no fault at all", startedMs: Number.NEGATIVE_INFINITY };
  return [whole, ...seen.faults].map((fault, at, all) => {
    const until = all[at + 1]?.startedMs ?? Number.POSITIVE_INFINITY;
    const its = repeats.filter(({ startedMs }) => startedMs >= fault.startedMs && startedMs < until);
    return { fault: fault.name, duplicates: its.length, allowed: fault === whole ? 0 : allowed };
  });
}

/** The most events that were finished within one commit interval. */
function bestRate({ calls, commitIntervalMs }: Observation): number {
  const ends = calls.flatMap(({ endedMs }) => endedMs ?? []).toSorted((a, b) => a - b);
  let best = 0;
  let from = 0;
  for (const [at, end] of ends.entries()) {
    while (end - (ends[from] ?? end) > commitIntervalMs) from += 1;
    best = Math.max(best, at - from + 1);
  }
  return best;
}

function judgeAtMostOnce(seen: Observation, lost: readonly string[], repeats: readonly Call[]): string[] {
  const failed = seen.calls.filter(({ status }) => status !== 200).length;
  const deaths = seen.faults.filter(({ isDeath }) => isDeath).length;
  const uncounted = lost.length - Math.max(0, seen.countedLost - failed);
  return [
    ...(repeats.length > 0
      ? [`${repeats.length} events were called twice, the first is ${repeats[0]?.id}.`]
      : []),
    ...(lost.length > seen.faults.length * seen.window
      ? [`${lost.length} events were lost: more than a window of ${seen.window} for each fault.`]
      : []),
    ...(uncounted > deaths * seen.window
      ? [
          `${uncounted} events were lost that nobody counted: more than a window for each of ${deaths} deaths.`,
        ]
      : []),
  ];
}

function judgeOrder(seen: Observation, byId: ReadonlyMap<string, readonly Call[]>): string[] {
  const reached = new Map<string, number>();
  const early: string[] = [];
  for (const [id] of byId) {
    const { lane, index } = seen.stored.get(id) ?? { lane: "", index: 0 };
    if (index < (reached.get(lane) ?? -1)) early.push(id);
    else reached.set(lane, index);
  }
  return early.length === 0
    ? []
    : [`${early.length} events were delivered for the first time out of order, the first is ${early[0]}.`];
}
