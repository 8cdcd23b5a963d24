import type { SourceRecord } from "../source.ts";
import type { Clock } from "./clock.ts";
import { bytesOf, type Entry, type Lane } from "./entry.ts";
import type { Memory } from "./memory.ts";
import { orderKey } from "./order.ts";
import type { DeliverySettings } from "./settings.ts";
import type { Window } from "./window.ts";

export interface LanesOptions {
  readonly settings: DeliverySettings;
  readonly memory: Memory;
  readonly window: Window;
  readonly clock: Clock;
  /** The lane has done entries at its front that were not there before. */
  readonly advanced: (lane: Lane) => void;
}

/** Everything that was read and is not committed, lane by lane. */
export interface Lanes {
  readonly count: number;
  /** The time of the oldest record that is not done, in milliseconds since the epoch. */
  oldestMs(): number | undefined;
  all(): Iterable<Lane>;
  find(names: readonly string[]): readonly Lane[];
  /** Undefined when the lane is not ours any more: the record is its next reader's. */
  enter(record: SourceRecord): Entry | undefined;
  /** An entry is done: its lane's front moves when everything before it is done too. */
  finish(entry: Entry): void;
  /** The lane's first `count` entries are committed. */
  forget(lane: Lane, count: number): void;
  /** Takes one entry out, wherever it stands. */
  takeOut(entry: Entry): void;
  /** Takes everything out of a lane. Entered again, it starts afresh. */
  empty(lane: Lane): readonly Entry[];
  /** The same, but nothing enters until the source has revoked the lane: what it reads on may lie behind a gap. */
  close(lane: Lane): readonly Entry[];
}

export function createLanes({ settings, memory, window, clock, advanced }: LanesOptions): Lanes {
  const lanes = new Map<string, Lane>();

  function forget(lane: Lane, count: number): void {
    for (const { bytes } of lane.entries.splice(0, count)) memory.give(bytes);
    lane.done = Math.max(0, lane.done - count);
    if (lane.entries.length === 0 && !lane.revoked) lanes.delete(lane.name);
  }

  function empty(lane: Lane): readonly Entry[] {
    const entries = lane.entries.splice(0);
    for (const { bytes } of entries) memory.give(bytes);
    lane.done = 0;
    lane.revoked = true;
    if (lanes.get(lane.name) === lane) lanes.delete(lane.name);
    return entries;
  }

  return {
    get count() {
      let sum = 0;
      for (const lane of lanes.values()) sum += lane.entries.length;
      return sum;
    },
    oldestMs() {
      let oldest: number | undefined;
      for (const { entries } of lanes.values())
        for (const { state, record } of entries)
          if (state !== "done") oldest = Math.min(oldest ?? Number.POSITIVE_INFINITY, record.time.getTime());
      return oldest;
    },
    all: () => lanes.values(),
    find: (names) => names.map((name) => lanes.get(name)).filter((lane) => lane !== undefined),
    enter(record) {
      const lane = lanes.get(record.lane) ?? { name: record.lane, entries: [], done: 0, revoked: false };
      if (lane.revoked) return undefined;
      lanes.set(lane.name, lane);
      const entry = toEntry(record, lane, orderKey(settings.ordering, record), clock.now());
      lane.entries.push(entry);
      memory.take(entry.bytes);
      return entry;
    },
    finish({ lane }) {
      const before = lane.done;
      for (let entry = lane.entries[lane.done]; entry?.state === "done"; entry = lane.entries[lane.done]) {
        lane.done += 1;
        window.vacate(entry);
      }
      if (lane.done > before) advanced(lane);
    },
    forget,
    takeOut(entry) {
      const { lane, bytes } = entry;
      lane.entries.splice(lane.entries.indexOf(entry), 1);
      memory.give(bytes);
      if (lane.entries.length === 0 && !lane.revoked) lanes.delete(lane.name);
    },
    empty,
    close(lane) {
      const entries = empty(lane);
      lanes.set(lane.name, lane);
      return entries;
    },
  };
}

function toEntry(record: SourceRecord, lane: Lane, order: string | undefined, enteredMs: number): Entry {
  const { count = 0, sinceMs = 0 } = record.attempts ?? {};
  return {
    record,
    lane,
    order,
    bytes: bytesOf(record),
    enteredMs,
    state: "queued",
    attempts: count,
    unreached: 0,
    sinceMs,
    open: false,
  };
}
