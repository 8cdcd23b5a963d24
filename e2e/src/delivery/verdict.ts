import type { Call } from "./function-server.ts";
import { judgeAtLeastOnce } from "./judge-at-least-once.ts";
import { judgeAtMostOnce } from "./judge-at-most-once.ts";
import { judgeOrder } from "./judge-order.ts";

/** An event as the broker holds it. */
export interface StoredEvent {
  /** What order is promised within, and the place in it. */
  readonly lane: string;
  readonly index: number;
  /** Of its bytes. */
  readonly digest: string;
  /** Of its bytes, key and headers. */
  readonly whole: string;
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
  /** Whether an event waits for everything before it in its lane. */
  readonly ordered: boolean;
  /** Calls at once that one replica makes, and that all of them do. */
  readonly replicaWindow: number;
  readonly window: number;
  /** Milliseconds between two commits. */
  readonly commitIntervalMs: number;
  /** Failed calls after which an event becomes a dead letter. */
  readonly maxAttempts: number;
  /** How many events the broker said it has. */
  readonly published: number;
  /** Read back from the broker after the run, by position. */
  readonly stored: ReadonlyMap<string, StoredEvent>;
  readonly calls: readonly Call[];
  /** The digests of whole dead letters, by the position they came from. */
  readonly deadLetters: ReadonlyMap<string, readonly string[]>;
  readonly faults: readonly PastFault[];
  /** What the replicas say they lost or dropped themselves. */
  readonly countedLost: number;
}

/** An observation with what every judge asks of it. */
export interface Evidence extends Observation {
  /** The calls of each event, as they began. */
  readonly byId: ReadonlyMap<string, readonly Call[]>;
  /** When the first call that succeeded had ended, by event. */
  readonly succeededMs: ReadonlyMap<string, number>;
  readonly lost: readonly string[];
  readonly repeats: readonly Call[];
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
  /** Called, never with success, and no dead letter: what at most once loses by the function's fault. */
  readonly failed: number;
  readonly duplicates: number;
  readonly lost: number;
  readonly perFault: readonly FaultFigures[];
}

/** Holds what was seen against what was promised. Pure. */
export function judge(seen: Observation): Verdict {
  const evidence = gather(seen);
  const { violations, perFault } =
    seen.guarantee === "atLeastOnce" ? judgeAtLeastOnce(evidence) : judgeAtMostOnce(evidence);
  return {
    violations: [...judgeRun(seen), ...violations, ...(seen.ordered ? judgeOrder(evidence) : [])],
    events: seen.stored.size,
    delivered: evidence.succeededMs.size,
    deadLettered: seen.deadLetters.size,
    failed: [...evidence.byId.keys()].filter(
      (id) => !evidence.succeededMs.has(id) && !seen.deadLetters.has(id),
    ).length,
    duplicates: evidence.repeats.length,
    lost: evidence.lost.length,
    perFault,
  };
}

function gather(seen: Observation): Evidence {
  const byId = Map.groupBy(seen.calls, ({ id }) => id);
  const succeededMs = new Map<string, number>();
  for (const { id, status, endedMs } of seen.calls)
    if (status === 200 && endedMs !== undefined)
      succeededMs.set(id, Math.min(endedMs, succeededMs.get(id) ?? endedMs));
  const lost = [...seen.stored.keys()].filter((id) =>
    seen.guarantee === "atLeastOnce" ? !succeededMs.has(id) && !seen.deadLetters.has(id) : !byId.has(id),
  );
  return { ...seen, byId, succeededMs, lost, repeats: findRepeats(seen, byId) };
}

/** At least once a repeat is a call after one that succeeded; at most once any second call. */
function findRepeats(seen: Observation, byId: ReadonlyMap<string, readonly Call[]>): readonly Call[] {
  return [...byId.values()].flatMap((calls) => {
    const first = seen.guarantee === "atMostOnce" ? calls[0] : calls.find(({ status }) => status === 200);
    return first === undefined ? [] : calls.slice(calls.indexOf(first) + 1);
  });
}

/** Whether the run can show anything at all: its events are there, its calls are of them, its faults met some. */
function judgeRun({ calls, stored, published, faults }: Observation): string[] {
  const strange = calls.filter(({ id, digest }) => stored.get(id)?.digest !== digest);
  const missed = new Set(
    faults
      .filter(({ name }) => !faults.some((fault) => fault.name === name && fault.inFlight > 0))
      .map(({ name }) => name),
  );
  return [
    ...(published === 0 ? ["There were no events: the run shows nothing."] : []),
    ...(stored.size < published ? [`The broker took ${published} events and holds ${stored.size}.`] : []),
    ...(strange.length > 0
      ? [`${strange.length} calls carried what no event holds, the first of ${strange[0]?.id}.`]
      : []),
    ...[...missed].map((name) => `No call was in flight when ${name}: the run shows nothing of it.`),
  ];
}
