import type { Attempts } from "@kubeless/trigger-kit";

/** A partition that this member reads, from one rebalance to the next. */
export interface Lane {
  readonly partition: number;
  /** What is to be fetched next: a batch that begins elsewhere has a gap before it. */
  next: bigint;
  /** What is committed: everything below. */
  committed: bigint;
  /** Batches that were handed over and are not committed: their last records, and where the next batch begins. */
  readonly open: { readonly last: bigint; end: bigint }[];
  /** How often records were tried that are not committed, by offset. */
  readonly attempts: Map<bigint, Attempts>;
  isPaused: boolean;
}

/** So many batches of a partition may be open before it is not fetched from: while one is worked on another waits. */
export const mostOpen = 2;

export function createLane(partition: number, committed: bigint, attempts: Lane["attempts"]): Lane {
  return {
    partition,
    next: committed,
    committed,
    open: [],
    attempts,
    isPaused: false,
  };
}

/** Moves the lane's front to where everything before is done; true when it may be fetched from again. */
export function moveTo(lane: Lane, position: bigint): boolean {
  let committed = position;
  for (let batch = lane.open[0]; batch !== undefined && batch.last < position; batch = lane.open[0]) {
    committed = batch.end;
    lane.open.shift();
  }
  lane.committed = committed;
  for (const offset of lane.attempts.keys()) if (offset < committed) lane.attempts.delete(offset);
  return lane.isPaused && lane.open.length < mostOpen;
}

/** A broker keeps 4096 bytes of metadata with an offset, unless it is told otherwise. */
const mostAttempts = 100;

/**
 * What is committed with an offset: of which topic of this name it is, and attempts,
 * `{"topic":"8vWuKbmSSZmReNWjqP3sZA","attempts":{"12":[2,1789000000000]}}`; empty for nothing.
 */
export function formatMetadata({ attempts }: Lane, topic: string | undefined): string {
  const first = [...attempts].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, mostAttempts);
  const tried = Object.fromEntries(first.map(([offset, { count, sinceMs }]) => [offset, [count, sinceMs]]));
  const text = JSON.stringify({ topic, attempts: first.length === 0 ? undefined : tried });
  return text === "{}" ? "" : text;
}

export interface Metadata {
  readonly topicId: string | undefined;
  readonly attempts: Map<bigint, Attempts>;
}

/** What another program wrote there is none of ours, and counts as nothing. */
export function parseMetadata(metadata: string | null): Metadata {
  try {
    const { topic, attempts = {} } = JSON.parse(metadata || "{}") as {
      topic?: unknown;
      attempts?: Record<string, [number, number]>;
    };
    const entries = Object.entries(attempts).map(
      ([offset, [count, sinceMs]]) =>
        [BigInt(offset), { count: Number(count), sinceMs: Number(sinceMs) }] as const,
    );
    return { topicId: typeof topic === "string" ? topic : undefined, attempts: new Map(entries) };
  } catch {
    return { topicId: undefined, attempts: new Map() };
  }
}
