import type { Outcome } from "../invoker/outcome.ts";
import type { Cause, Headers, SourceRecord, Subscription } from "../source.ts";
import { parseFailedItems } from "./batch-reply.ts";
import type { Clock } from "./clock.ts";
import { createCommitter } from "./committer.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { bytesOf, createLane, type Entry, isBusy, type Lane } from "./entry.ts";
import { createMemory } from "./memory.ts";
import type { DeliveryObserver, Ending } from "./observer.ts";
import { orderKey } from "./order.ts";
import { createOverdue } from "./overdue.ts";
import { createReadyQueue } from "./ready-queue.ts";
import { createReservation } from "./reservation.ts";
import { backoffMs, isExhausted } from "./retry.ts";
import type { DeliverySettings } from "./settings.ts";
import { createTimers } from "./timers.ts";
import { createWindow } from "./window.ts";

export interface DeliveryOptions {
  readonly settings: DeliverySettings;
  readonly subscription: Subscription;
  /** Whether reading can be stopped; where not, what exceeds the bound is dropped and counted. */
  readonly backPressure: "pause" | "drop";
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
  revoke(lanes: readonly string[]): Promise<void>;
  /** Starts nothing more, waits for what runs, commits what is done. The subscription is the caller's to close. */
  close(): Promise<void>;
  /** Records read and not committed, and those being called now. */
  counts(): { readonly queued: number; readonly inFlight: number };
}

/** How often a source is told that records are still being worked on. */
const inProgressIntervalMs = 5_000;

/**
 * The order of work that makes the two guarantees:
 * - `atMostOnce`: a window of records is reserved by one commit, and only then called. A crash loses a window at most.
 * - `atLeastOnce`: a record is called, and its position committed when everything before it in its lane is done. A crash
 *   repeats a window and what was finished since the last commit at most: a record that is done but stands behind one
 *   that is not keeps its place in the window.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { settings, subscription, observer, clock, random } = options;
  const { retry } = settings;
  const atMostOnce = settings.guarantee === "atMostOnce";
  const lanes = new Map<string, Lane>();
  const parked = new Set<readonly Entry[]>();
  const idleWatchers = new Set<() => void>();
  const ready = createReadyQueue();
  const window = createWindow(settings.maxInFlight);
  const memory = createMemory(settings.maxBytes, subscription);
  const timers = createTimers(clock);
  const reservation = createReservation({
    subscription,
    retry,
    clock,
    random,
    observer,
    admit,
    settled: afterwards,
  });
  const deadLetters = createDeadLetters({
    settings,
    subscription,
    headers: options.deadLetterHeaders,
    observer,
    timers,
    random,
    written: (entry) => end(entry, "deadLettered", 0),
    tryAgain: backOff,
    tried: afterwards,
  });
  const committer = createCommitter({
    subscription,
    intervalMs: settings.commitIntervalMs,
    atOnce: settings.maxInFlight,
    clock,
    committed: () => observer.committed(),
    failed: (error) => observer.commitFailed(error),
    forget,
  });
  const overdue = createOverdue({
    waitMs: options.waitMs,
    clock,
    isReady: options.isReady,
    waiting,
    drop: dropOverdue,
  });
  let inFlight = 0;
  let closed = false;
  let batchTimer: { clear(): void } | undefined;
  let batchIsDue = false;
  let inProgressTimer =
    subscription.inProgress === undefined
      ? undefined
      : clock.setTimeout(tellInProgress, inProgressIntervalMs);

  function accept(records: readonly SourceRecord[]): void {
    if (closed) return;
    observer.received(records.length);
    const fitting = options.backPressure === "pause" ? records : records.slice(0, memory.roomFor(records));
    for (const record of fitting) enter(record);
    if (fitting.length < records.length) observer.dropped(records.length - fitting.length);
    if (options.backPressure === "pause") memory.pauseWhenFull();
    overdue.watch();
    pump();
  }

  function enter(record: SourceRecord): void {
    const lane = lanes.get(record.lane) ?? createLane(record.lane);
    if (lane.revoked) return;
    lanes.set(record.lane, lane);
    const { count = 0, sinceMs = 0 } = record.attempts ?? {};
    const order = orderKey(settings.ordering, record);
    const entry: Entry = {
      record,
      lane,
      order,
      bytes: bytesOf(record),
      enteredMs: clock.now(),
      state: "queued",
      attempts: count,
      sinceMs,
      open: false,
    };
    lane.entries.push(entry);
    memory.take(entry.bytes);
    if (!atMostOnce) ready.push(entry);
  }

  /** Starts whatever may be started: the one place from which work begins. */
  function pump(): void {
    if (closed || !options.isReady()) return;
    for (const entries of [...parked]) {
      parked.delete(entries);
      call(entries);
    }
    if (atMostOnce) reservation.reserve(lanes.values(), window.room);
    while (ready.canTake && (atMostOnce || window.room > 0) && batchMayStart()) startNext();
  }

  function startNext(): void {
    const first = ready.take();
    if (first === undefined) return;
    const room = atMostOnce ? Number.POSITIVE_INFINITY : window.room;
    const more = Math.min(settings.batch?.maxSize ?? 1, room) - 1;
    const entries = more > 0 ? [first, ...ready.takeMore(first, more)] : [first];
    for (const entry of entries) window.occupy(entry);
    call(entries);
  }

  function batchMayStart(): boolean {
    const { batch } = settings;
    if (batch === undefined || ready.size >= batch.maxSize) return true;
    if (batchIsDue) {
      batchIsDue = false;
      return true;
    }
    batchTimer ??= clock.setTimeout(() => {
      batchTimer = undefined;
      batchIsDue = true;
      pump();
    }, batch.maxWaitMs);
    return false;
  }

  function admit(entry: Entry): void {
    window.occupy(entry);
    ready.push(entry);
  }

  function call(entries: readonly Entry[]): void {
    const started = entries.filter(mayStart);
    if (started.length === 0) {
      tellIdleWatchers();
      return;
    }
    const startedMs = clock.now();
    for (const entry of started) {
      entry.state = "running";
      if (entry.sinceMs === 0) entry.sinceMs = startedMs;
    }
    inFlight += started.length;
    void options
      .invoke(started.map((entry) => entry.record))
      .then((outcome) => settle(started, outcome, clock.now() - startedMs));
  }

  /** The last look before a call: is the lane still ours, and does the record pass the filter? */
  function mayStart(entry: Entry): boolean {
    if (entry.state === "dropped") return false;
    if (subscription.holds?.(entry.lane.name) === false) {
      letGo(entry.lane);
      return false;
    }
    try {
      if (options.filter === undefined || options.filter(entry.record)) return true;
      end(entry, "skipped", 0);
    } catch (error) {
      const message = `The filter failed: ${(error as Error).message}.`;
      failForGood(entry, { reason: "FilterFailed", message, attempts: entry.attempts });
    }
    return false;
  }

  function settle(entries: readonly Entry[], outcome: Outcome, tookMs: number): void {
    inFlight -= entries.length;
    const ours = entries.filter((entry) => entry.state !== "dropped");
    if (outcome.kind === "notReady") park(ours);
    else if (outcome.kind === "success") settleBatch(ours, outcome, tookMs);
    else for (const entry of ours) fail(entry, outcome, tookMs);
    afterwards();
  }

  function afterwards(): void {
    pump();
    tellIdleWatchers();
  }

  function tellIdleWatchers(): void {
    for (const watcher of [...idleWatchers]) watcher();
  }

  function park(entries: readonly Entry[]): void {
    for (const entry of entries) entry.state = "parked";
    if (entries.length > 0) parked.add(entries);
  }

  /** In a batch with an order, nothing behind the first failed record moves. */
  function settleBatch(
    entries: readonly Entry[],
    outcome: Extract<Outcome, { kind: "success" }>,
    tookMs: number,
  ): void {
    const failed = settings.batch === undefined ? undefined : parseFailedItems(outcome.body);
    let blocked = false;
    for (const entry of entries) {
      if (failed?.has(entry.record.id)) {
        blocked ||= entry.order !== undefined && !atMostOnce;
        fail(entry, { kind: "retryable", message: "The function named it in batchItemFailures." }, tookMs);
      } else if (blocked) backOff(entry, retry.minBackoffMs);
      else {
        entry.record.reply?.(outcome.body, outcome.headers);
        end(entry, "delivered", tookMs);
      }
    }
  }

  function fail(
    entry: Entry,
    outcome: Extract<Outcome, { kind: "retryable" | "refused" }>,
    tookMs: number,
  ): void {
    entry.attempts += 1;
    observer.attemptFailed(entry.record, entry.attempts, outcome.message);
    if (atMostOnce) {
      end(entry, "lost", tookMs);
      return;
    }
    const attempts = { count: entry.attempts, sinceMs: entry.sinceMs };
    const reason = reasonToStop(outcome, isExhausted(retry, attempts, clock.now()));
    if (reason !== undefined) {
      failForGood(entry, {
        reason,
        message: outcome.message,
        status: outcome.status,
        attempts: entry.attempts,
      });
      return;
    }
    subscription
      .saveAttempts?.([{ position: entry.record.position, attempts }])
      ?.catch((error: Error) => observer.commitFailed(error));
    const wantedMs = (outcome.kind === "retryable" ? outcome.retryAfterMs : undefined) ?? 0;
    backOff(entry, Math.max(wantedMs, backoffMs(retry, entry.attempts, random)));
  }

  function backOff(entry: Entry, delayMs: number): void {
    entry.state = "backingOff";
    timers.set(entry, delayMs, () => (options.isReady() ? call([entry]) : park([entry])));
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
    advance(entry.lane);
  }

  function advance(lane: Lane): void {
    const before = lane.done;
    for (let entry = lane.entries[lane.done]; entry?.state === "done"; entry = lane.entries[lane.done]) {
      lane.done += 1;
      window.vacate(entry);
    }
    if (atMostOnce) forget(lane, lane.done);
    else if (lane.done > before) committer.mark(lane);
  }

  function forget(lane: Lane, count: number): void {
    lane.entries.splice(0, count);
    lane.done -= count;
    if (lane.entries.length === 0 && !lane.revoked) lanes.delete(lane.name);
  }

  /** Everything an entry holds beside its place in the window. */
  function giveBack(entry: Entry): void {
    timers.clear(entry);
    deadLetters.release(entry);
    memory.give(entry.bytes);
  }

  /** Past the end of the session or lease: what is reserved is lost and counted, the rest is another reader's. */
  function letGo(lane: Lane): void {
    lane.revoked = true;
    drop(lane);
  }

  function drop(lane: Lane): void {
    ready.discard((entry) => entry.lane === lane);
    committer.unmark(lane);
    for (const entry of lane.entries.splice(0)) dropEntry(entry);
    lane.done = 0;
    if (lanes.get(lane.name) === lane) lanes.delete(lane.name);
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

  function* waiting(): Iterable<Entry> {
    for (const { entries } of lanes.values())
      for (const entry of entries) if (entry.state === "queued" || entry.state === "parked") yield entry;
  }

  function dropOverdue(entries: readonly Entry[]): void {
    const reserved = entries.filter((entry) => entry.open).length;
    for (const entry of entries) {
      dropEntry(entry);
      entry.lane.entries.splice(entry.lane.entries.indexOf(entry), 1);
      if (entry.lane.entries.length === 0) lanes.delete(entry.lane.name);
    }
    ready.discard((entry) => entry.state === "dropped");
    if (entries.length > reserved) observer.dropped(entries.length - reserved);
  }

  async function revoke(names: readonly string[]): Promise<void> {
    const taken = names.map((name) => lanes.get(name)).filter((lane) => lane !== undefined);
    for (const lane of taken) {
      lane.revoked = true;
      ready.discard((entry) => entry.lane === lane && !entry.open);
    }
    await whenIdle(taken);
    if (!atMostOnce) await committer.flush();
    for (const lane of taken) drop(lane);
    pump();
  }

  function whenIdle(taken: readonly Lane[]): Promise<void> {
    const isIdle = () =>
      !reservation.isUnderWay &&
      !taken.some((lane) => lane.entries.some((entry) => isBusy(entry, atMostOnce)));
    return new Promise((resolve) => {
      const finish = () => {
        idleWatchers.delete(watcher);
        deadline.clear();
        resolve();
      };
      const watcher = () => isIdle() && finish();
      const deadline = clock.setTimeout(finish, settings.drainMs);
      idleWatchers.add(watcher);
      watcher();
    });
  }

  function tellInProgress(): void {
    const positions = [...lanes.values()].flatMap((lane) =>
      lane.entries
        .filter((entry) => entry.open && entry.state !== "done")
        .map((entry) => entry.record.position),
    );
    if (positions.length > 0) subscription.inProgress?.(positions);
    inProgressTimer = clock.setTimeout(tellInProgress, inProgressIntervalMs);
  }

  async function close(): Promise<void> {
    batchTimer?.clear();
    inProgressTimer?.clear();
    overdue.stop();
    await revoke([...lanes.keys()]);
    closed = true;
    committer.stop();
  }

  return {
    accept,
    readinessChanged() {
      overdue.watch();
      pump();
    },
    revoke,
    close,
    counts: () => ({
      queued: [...lanes.values()].reduce((sum, lane) => sum + lane.entries.length, 0),
      inFlight,
    }),
  };
}

function reasonToStop(
  outcome: Outcome,
  exhausted: "attempts" | "age" | undefined,
): Cause["reason"] | undefined {
  if (outcome.kind === "refused") return "Refused";
  if (exhausted === undefined) return undefined;
  return exhausted === "age" ? "TooOld" : "RetriesExhausted";
}
