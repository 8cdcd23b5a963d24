import type { Outcome } from "../invoker/outcome.ts";
import type { Cause, Headers, SourceRecord, Subscription } from "../source.ts";
import { createBatchGate } from "./batch-gate.ts";
import { createCalls } from "./calls.ts";
import type { Clock } from "./clock.ts";
import { createCommitter } from "./committer.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { type Entry, isBusy, type Lane } from "./entry.ts";
import { createIdleWatch } from "./idle-watch.ts";
import { createLanes } from "./lanes.ts";
import { createMemory } from "./memory.ts";
import type { DeliveryObserver, Ending } from "./observer.ts";
import { createOverdue } from "./overdue.ts";
import { createReadyQueue } from "./ready-queue.ts";
import { createReservation } from "./reservation.ts";
import type { DeliverySettings } from "./settings.ts";
import { createTimers } from "./timers.ts";
import { createWindow } from "./window.ts";

export interface DeliveryOptions {
  readonly settings: DeliverySettings;
  readonly subscription: Subscription;
  /** Whether reading can be stopped; where not, what exceeds the bound is dropped and counted. */
  readonly backPressure: "pause" | "drop";
  /** See `Capabilities`. */
  readonly commitsEveryMs?: number | undefined;
  /** How long a record waits for a ready endpoint where its source does not keep it; then it is dropped and counted. */
  readonly waitMs?: number | undefined;
  /** Calls the function with one record, or with a batch. Never rejects. */
  readonly invoke: (records: readonly SourceRecord[]) => Promise<Outcome>;
  /** Whether a call could be made now. */
  readonly isReady: () => boolean;
  /** Which records reach the function; false skips and commits. One that throws is a failed event. */
  readonly filter?: ((record: SourceRecord) => boolean) | undefined;
  /** The headers that say where a dead letter comes from and why it is one. */
  readonly deadLetterHeaders: (record: SourceRecord, cause: Cause) => Headers;
  readonly observer: DeliveryObserver;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Brings the records of one binding to its function, as its settings promise. */
export interface Delivery {
  accept(records: readonly SourceRecord[]): void;
  /** The function can be called again, or not any more. */
  readinessChanged(): void;
  /** See `SourceContext.revoke`. */
  revoke(lanes: readonly string[], withinMs?: number): Promise<void>;
  /** Starts nothing more, waits for what runs, commits what is done. The subscription is the caller's to close. */
  close(): Promise<void>;
  /** The time of the oldest record that was read and is not done, in milliseconds since the epoch. */
  oldestMs(): number | undefined;
  /** Records read and not committed; of them, those being called, and those that wait for a retry or a dead letter. */
  counts(): { readonly queued: number; readonly inFlight: number; readonly waiting: number };
}

/** How long a commit may be on its way. After that nothing new is called: what a crash repeats stays bounded. */
const commitTripMs = 150;

/**
 * The order of work that makes the two guarantees:
 * - `atMostOnce`: a window of records is reserved by one commit, and only then called. A crash loses a window at most.
 * - `atLeastOnce`: a record is called, and its position committed when everything before it in its lane is done. A crash
 *   repeats a window and what was finished since the last commit at most: a record that is done but stands behind one
 *   that is not keeps its place in the window.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { settings, subscription, observer, clock, random } = options;
  const atMostOnce = settings.guarantee === "atMostOnce";
  const ready = createReadyQueue();
  const window = createWindow(settings.maxInFlight);
  const memory = createMemory(settings.maxBytes, subscription);
  const timers = createTimers(clock);
  const idle = createIdleWatch(clock);
  const gate = createBatchGate(settings.batch, clock, pump);
  const lanes = createLanes({ settings, memory, window, clock, advanced });
  const reservation = createReservation({ ...options, retry: settings.retry, admit, settled });
  const calls = createCalls({
    ...options,
    filter: options.filter,
    timers,
    mayStart,
    end,
    failForGood,
    putBack,
    settled,
  });
  const deadLetters = createDeadLetters({
    settings,
    subscription,
    headers: options.deadLetterHeaders,
    observer,
    timers,
    random,
    written: (entry) => end(entry, "deadLettered", 0),
    tryAgain: calls.startLater,
    tried: settled,
  });
  const committer = createCommitter({
    subscription,
    intervalMs: settings.commitIntervalMs,
    atOnce: settings.maxInFlight,
    behindAfterMs: settings.commitIntervalMs + (options.commitsEveryMs ?? 0) + commitTripMs,
    clock,
    committed() {
      observer.committed();
      pump();
    },
    failed: (error) => observer.commitFailed(error),
    forget: lanes.forget,
  });
  const overdue = createOverdue({
    waitMs: options.waitMs,
    clock,
    isReady: options.isReady,
    waiting,
    drop: dropOverdue,
  });
  let isSettling = false;
  let state: "open" | "closing" | "closed" = "open";

  function accept(records: readonly SourceRecord[]): void {
    if (state !== "open") return;
    observer.received(records.length);
    const fitting = options.backPressure === "pause" ? records : records.slice(0, memory.roomFor(records));
    for (const record of fitting) {
      const entry = lanes.enter(record);
      if (entry !== undefined) (atMostOnce ? reservation.add : ready.push)(entry);
    }
    if (fitting.length < records.length) observer.dropped(records.length - fitting.length);
    if (options.backPressure === "pause") memory.pauseWhenFull();
    overdue.watch();
    pump();
  }

  /** Starts whatever may be started: the one place from which work begins. */
  function pump(): void {
    if (state === "closed" || !options.isReady()) return;
    calls.startParked();
    if (atMostOnce) reservation.reserve(window.room);
    while (ready.canTake && mayStartNew() && gate.isOpen(ready.size)) startNext();
    idle.look();
  }

  function mayStartNew(): boolean {
    return atMostOnce || (window.room > 0 && !committer.isBehind());
  }

  function startNext(): void {
    const first = ready.take();
    if (first === undefined) return;
    const room = atMostOnce ? Number.POSITIVE_INFINITY : window.room;
    const more = Math.min(settings.batch?.maxSize ?? 1, room) - 1;
    const entries = more > 0 ? [first, ...ready.takeMore(first, more)] : [first];
    for (const entry of entries) {
      window.occupy(entry);
      entry.state = "starting";
    }
    calls.start(entries);
  }

  /** What ended together is looked at together. */
  function settled(): void {
    if (isSettling) return;
    isSettling = true;
    queueMicrotask(() => {
      isSettling = false;
      pump();
      idle.look();
    });
  }

  function admit(entry: Entry): void {
    window.occupy(entry);
    ready.push(entry);
  }

  function putBack(entries: readonly Entry[]): void {
    for (const entry of entries) {
      entry.state = "queued";
      window.vacate(entry);
      if (entry.lane.revoked) ready.release(entry.order);
    }
    ready.putBack(entries.filter(({ lane }) => !lane.revoked));
  }

  function mayStart(entry: Entry): boolean {
    if (entry.state === "dropped") return false;
    if (entry.lane.revoked && !atMostOnce) return false;
    if (subscription.holds?.(entry.lane.name) !== false) return true;
    letGo(entry.lane);
    return false;
  }

  function failForGood(entry: Entry, cause: Cause): void {
    if (atMostOnce) end(entry, "lost", 0);
    else deadLetters.put(entry, cause);
  }

  function end(entry: Entry, ending: Ending, tookMs: number): void {
    entry.state = "done";
    giveBack(entry);
    observer.ended(entry.record, ending, tookMs);
    ready.release(entry.order);
    if (atMostOnce) window.vacate(entry);
    lanes.finish(entry);
  }

  function advanced(lane: Lane): void {
    if (atMostOnce) lanes.forget(lane, lane.done);
    else committer.mark(lane);
  }

  /** Past the end of the session or lease: what is reserved is lost and counted, the rest is another reader's. */
  function letGo(lane: Lane): void {
    drop(lane, lanes.close(lane));
  }

  function drop(lane: Lane, entries: readonly Entry[]): void {
    ready.discard((entry) => entry.lane === lane);
    committer.unmark(lane);
    for (const entry of entries) dropEntry(entry);
  }

  function dropEntry(entry: Entry): void {
    const reserved = atMostOnce && entry.open;
    window.vacate(entry);
    if (entry.state === "done") return;
    if (entry.state !== "queued") ready.release(entry.order);
    entry.state = "dropped";
    giveBack(entry);
    if (reserved) observer.ended(entry.record, "lost", 0);
  }

  /** What an entry holds beside its place in the window and its bytes. */
  function giveBack(entry: Entry): void {
    timers.clear(entry);
    deadLetters.release(entry);
  }

  function* waiting(): Iterable<Entry> {
    for (const { entries } of lanes.all())
      for (const entry of entries) if (entry.state === "queued" || entry.state === "parked") yield entry;
  }

  function dropOverdue(entries: readonly Entry[]): void {
    const reserved = entries.filter((entry) => entry.open).length;
    for (const entry of entries) {
      lanes.takeOut(entry);
      dropEntry(entry);
    }
    ready.discard((entry) => entry.state === "dropped");
    reservation.discard((entry) => entry.state === "dropped");
    if (entries.length > reserved) observer.dropped(entries.length - reserved);
  }

  function countWaiting(): number {
    let count = 0;
    for (const { entries } of lanes.all())
      for (const { state: now } of entries) if (now === "backingOff" || now === "writing") count += 1;
    return count;
  }

  async function revoke(names: readonly string[], withinMs = settings.drainMs): Promise<void> {
    const taken = lanes.find(names);
    for (const lane of taken) {
      lane.revoked = true;
      ready.discard((entry) => entry.lane === lane && !entry.open);
    }
    await idle.wait(() => !reservation.isUnderWay && !taken.some(isLaneBusy), withinMs);
    if (!atMostOnce) await committer.flush();
    for (const lane of taken) drop(lane, lanes.empty(lane));
    pump();
  }

  function isLaneBusy(lane: Lane): boolean {
    return lane.entries.some((entry) => isBusy(entry, atMostOnce));
  }

  return {
    accept,
    readinessChanged() {
      overdue.watch();
      pump();
    },
    revoke,
    async close() {
      state = "closing";
      gate.stop();
      overdue.stop();
      await revoke([...lanes.all()].map(({ name }) => name));
      state = "closed";
      committer.stop();
    },
    oldestMs: lanes.oldestMs,
    counts: () => ({ queued: lanes.count, inFlight: calls.inFlight, waiting: countWaiting() }),
  };
}
