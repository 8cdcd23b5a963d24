import type { Outcome } from "../invoker/outcome.ts";
import type { Cause, SourceRecord, Subscription } from "../source.ts";
import { parseFailedItems } from "./batch-reply.ts";
import type { Clock } from "./clock.ts";
import type { Entry } from "./entry.ts";
import type { DeliveryObserver, Ending } from "./observer.ts";
import { backoffMs, isExhausted } from "./retry.ts";
import type { DeliverySettings } from "./settings.ts";
import type { Timers } from "./timers.ts";

export interface CallsOptions {
  readonly settings: DeliverySettings;
  /** How long a record waits for the function where its source does not keep it. */
  readonly waitMs?: number | undefined;
  readonly subscription: Pick<Subscription, "saveAttempts">;
  readonly invoke: (records: readonly SourceRecord[]) => Promise<Outcome>;
  readonly isReady: () => boolean;
  readonly filter: ((record: SourceRecord) => boolean) | undefined;
  readonly observer: Pick<DeliveryObserver, "attemptFailed" | "unreached" | "commitFailed">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timers: Timers;
  /** The last look before a call: whether the entry is still ours to call. */
  readonly mayStart: (entry: Entry) => boolean;
  readonly end: (entry: Entry, ending: Ending, tookMs: number) => void;
  readonly failForGood: (entry: Entry, cause: Cause) => void;
  /** These wait again, before everything else of their order, whose first failed record is being tried again. */
  readonly putBack: (entries: readonly Entry[]) => void;
  /** A call has come to its end, or could not be made. */
  readonly settled: () => void;
}

type Failure = Extract<Outcome, { kind: "retryable" | "refused" | "unreached" }>;

/** Calls the function, and decides by its answer what becomes of a record. */
export interface Calls {
  /** Records being called now. */
  readonly inFlight: number;
  start(entries: readonly Entry[]): void;
  /** Calls those that wait for the function: it is ready. */
  startParked(): void;
  startLater(entry: Entry, delayMs: number): void;
}

export function createCalls(options: CallsOptions): Calls {
  const { settings, observer, clock, timers, end } = options;
  const { retry } = settings;
  const atMostOnce = settings.guarantee === "atMostOnce";
  const parked = new Set<readonly Entry[]>();
  let inFlight = 0;

  function start(entries: readonly Entry[]): void {
    const started = entries.filter((entry) => options.mayStart(entry) && passes(entry));
    if (started.length === 0) return;
    const startedMs = clock.now();
    for (const entry of started) {
      entry.state = "running";
      if (entry.sinceMs === 0) entry.sinceMs = startedMs;
    }
    inFlight += started.length;
    void options.invoke(started.map((entry) => entry.record)).then((outcome) => {
      inFlight -= started.length;
      settle(
        started.filter((entry) => entry.state !== "dropped"),
        outcome,
        clock.now() - startedMs,
      );
      options.settled();
    });
  }

  function passes(entry: Entry): boolean {
    try {
      if (options.filter === undefined || options.filter(entry.record)) return true;
      end(entry, "skipped", 0);
    } catch (error) {
      const message = `The filter failed: ${(error as Error).message}.`;
      options.failForGood(entry, { reason: "FilterFailed", message, attempts: entry.attempts });
    }
    return false;
  }

  function settle(entries: readonly Entry[], outcome: Outcome, tookMs: number): void {
    if (outcome.kind === "notReady") park(entries);
    else if (outcome.kind === "success") settleSuccess(entries, outcome, tookMs);
    else failFrom(entries, outcome, tookMs);
  }

  function park(entries: readonly Entry[]): void {
    for (const entry of entries) entry.state = "parked";
    if (entries.length > 0) parked.add(entries);
  }

  function settleSuccess(
    entries: readonly Entry[],
    outcome: Extract<Outcome, { kind: "success" }>,
    tookMs: number,
  ): void {
    const failed = settings.batch === undefined ? [] : findFailed(entries, outcome.body);
    for (const entry of entries) {
      if (failed.includes(entry)) continue;
      entry.record.reply?.(outcome.body, outcome.headers);
      end(entry, "delivered", tookMs);
    }
    failFrom(failed, { kind: "retryable", message: "The function named it in batchItemFailures." }, tookMs);
  }

  /**
   * Those that a batch's reply names; within an order also what stands behind the first of them. All, where one that it
   * names is not among them: something failed, and it is not known what.
   */
  function findFailed(entries: readonly Entry[], reply: Uint8Array): readonly Entry[] {
    const named = parseFailedItems(reply);
    const failed = entries.filter(({ record }) => named.has(record.id));
    if (failed.length < named.size) return entries;
    const [first] = failed;
    return first !== undefined && keepsOrder(entries) ? entries.slice(entries.indexOf(first)) : failed;
  }

  /** A call that never came about is tried again and uses up no attempt, for as long as the record may wait. */
  function mayTryAnew(entry: Entry, { kind }: Failure): boolean {
    if (kind !== "unreached") return false;
    const waitMs = atMostOnce ? (options.waitMs ?? Number.POSITIVE_INFINITY) : retry.maxAgeSeconds * 1_000;
    return clock.now() - (atMostOnce ? entry.enteredMs : entry.sinceMs) < waitMs;
  }

  /** Within an order the first is tried again alone, and those behind it wait until it is done. */
  function failFrom(entries: readonly Entry[], outcome: Failure, tookMs: number): void {
    const [first, ...behind] = entries;
    if (first === undefined) return;
    const waits = keepsOrder(entries);
    if (waits && behind.length > 0) options.putBack(behind);
    for (const entry of waits ? [first] : entries) fail(entry, outcome, tookMs);
  }

  function keepsOrder(entries: readonly Entry[]): boolean {
    return !atMostOnce && entries[0]?.order !== undefined;
  }

  function fail(entry: Entry, outcome: Failure, tookMs: number): void {
    if (mayTryAnew(entry, outcome)) {
      entry.unreached += 1;
      observer.unreached(outcome.message);
      startLater(entry, backoffMs(retry, entry.unreached, options.random));
      return;
    }
    entry.attempts += 1;
    observer.attemptFailed(entry.record, entry.attempts, outcome.message);
    if (atMostOnce) {
      end(entry, "lost", tookMs);
      return;
    }
    const attempts = { count: entry.attempts, sinceMs: entry.sinceMs };
    const reason = reasonToStop(outcome, isExhausted(retry, attempts, clock.now()));
    if (reason !== undefined) {
      const status = outcome.kind === "unreached" ? undefined : outcome.status;
      options.failForGood(entry, { reason, message: outcome.message, status, attempts: entry.attempts });
      return;
    }
    options.subscription
      .saveAttempts?.([{ position: entry.record.position, attempts }])
      ?.catch((error: Error) => observer.commitFailed(error));
    const wantedMs = (outcome.kind === "retryable" ? outcome.retryAfterMs : undefined) ?? 0;
    const oldMs = entry.sinceMs + retry.maxAgeSeconds * 1_000 - clock.now();
    startLater(entry, Math.max(Math.min(wantedMs, oldMs), backoffMs(retry, entry.attempts, options.random)));
  }

  function startLater(entry: Entry, delayMs: number): void {
    entry.state = "backingOff";
    timers.set(entry, delayMs, () => (options.isReady() ? start([entry]) : park([entry])));
  }

  return {
    get inFlight() {
      return inFlight;
    },
    start,
    startParked() {
      if (parked.size === 0) return;
      const waiting = [...parked];
      parked.clear();
      for (const entries of waiting) start(entries);
    },
    startLater,
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
