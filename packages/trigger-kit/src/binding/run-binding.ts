import { isForAnother } from "../admin/to-redriven.ts";
import type { Clock } from "../delivery/clock.ts";
import { createDelivery, type Delivery } from "../delivery/delivery.ts";
import type { Filter } from "../delivery/filter.ts";
import type { DeliveryObserver } from "../delivery/observer.ts";
import { backoffMs } from "../delivery/retry.ts";
import type { BindingSettings } from "../delivery/to-settings.ts";
import { createEventHeaders, type EventOrigin, toDeadLetterHeaders } from "../event-headers.ts";
import { createInvoker, type Endpoint } from "../invoker/invoker.ts";
import type { Outcome } from "../invoker/outcome.ts";
import type { OpenParts } from "../parts/open-parts.ts";
import {
  type Binding,
  type Capabilities,
  type ConnectionFault,
  type EventSource,
  type SourceContext,
  SourceError,
  type SourceRecord,
  type Subscription,
} from "../source.ts";
import { endWithin } from "./end-within.ts";
import { toCall } from "./to-call.ts";
import { takeTurns } from "./turn.ts";

/** What a source's own part of the context is made of; the rest is the runner's. */
export type SourceServices<Config> = Pick<SourceContext<Config>, "config" | "log" | "secret">;

export interface RunBindingOptions<Spec, Config> {
  readonly source: EventSource<Spec, Config>;
  readonly capabilities: Capabilities;
  readonly binding: Binding<Spec>;
  readonly origin: EventOrigin;
  readonly settings: BindingSettings;
  readonly filter: Filter | undefined;
  readonly services: SourceServices<Config>;
  /** Where parts of the source's work, and the turn of a `single` one, are held. Called once each time it is opened. */
  readonly openParts: () => OpenParts;
  readonly observer: BindingObserver;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface BindingObserver extends DeliveryObserver {
  /** The connection is there (undefined), or is not, and why. */
  connection(fault: ConnectionFault | undefined): void;
  /** Records wait in the broker, and the oldest that is not done is so old; undefined where that cannot be known. */
  lag(count: number | undefined, ageMs: number | undefined): void;
  /** See `SourceContext.positionLost`. */
  positionLost(count: number | undefined, message: string): void;
  /** The client was closed and opened anew because nothing moved, or because it asked for it. */
  rebuilt(why: string): void;
}

/** A binding that is kept open, whatever happens, until it is closed. */
export interface RunningBinding {
  setEndpoints(endpoints: readonly Endpoint[]): void;
  counts(): ReturnType<Delivery["counts"]>;
  /** Finishes what runs, commits what is done, closes the source. Ends by itself even where the broker does not answer. */
  close(): Promise<void>;
}

const reopen = { maxAttempts: 0, minBackoffMs: 1_000, maxBackoffMs: 30_000, maxAgeSeconds: 0 };
const lagIntervalMs = 10_000;
/** Records wait, the function is ready, nothing runs and nothing was finished for so long: the client is stuck. */
const stuckAfterMs = 60_000;
/** How long the broker may take to let go of a closed binding. */
const closeMs = 10_000;
/** How long what it has sent may be on its way. */
const leaveMs = 2_000;

/** A client that stood for so long is opened anew without back-off when it asks for it. */
const steadyAfterMs = 60_000;

interface Opened {
  readonly parts: OpenParts;
  readonly subscription: Subscription;
  readonly delivery: Delivery;
  readonly sinceMs: number;
}

export function runBinding<Spec, Config>(options: RunBindingOptions<Spec, Config>): RunningBinding {
  const { source, binding, origin, settings, observer, clock } = options;
  const invoker = createInvoker({
    authority: `${binding.function}.${binding.namespace}`,
    window: settings.delivery.maxInFlight,
    timeoutMs: settings.callTimeoutMs,
    clock,
  });
  const toHeaders = createEventHeaders(origin);
  const closing = new AbortController();
  let opened: Opened | undefined;
  let attempt = 0;
  let rebuilding = Promise.resolve();
  let movedAtMs = clock.now();
  /** What waited in the broker when it was last looked at: a count, or an age. */
  let waited = 0;
  let lagTimer = clock.setTimeout(askLag, lagIntervalMs);
  let retrying: { clear(): void } | undefined;
  const turn =
    options.capabilities.work === "single"
      ? takeTurns(options.openParts(), `function ${binding.function}`, {
          begin() {
            opening = open();
          },
          end: endTurn,
        })
      : undefined;
  /** Nothing is wrong with a binding that another replica keeps open. */
  if (turn !== undefined) observer.connection(undefined);
  let opening: Promise<void> = turn === undefined ? open() : Promise.resolve();

  async function endTurn(): Promise<void> {
    retrying?.clear();
    await opening;
    retrying?.clear();
    const stale = opened;
    opened = undefined;
    if (stale !== undefined) await endWithin(closeMs + settings.delivery.drainMs, letGo(stale, clock), clock);
    observer.connection(undefined);
  }

  async function open(): Promise<void> {
    const parts = options.openParts();
    const failing = Promise.withResolvers<Error>();
    try {
      const early: SourceRecord[][] = [];
      let delivery: Delivery | undefined;
      const context: SourceContext<Config> = {
        ...options.services,
        signal: closing.signal,
        revoke: async (lanes, withinMs) => delivery?.revoke(lanes, withinMs),
        connection: (fault) => observer.connection(fault),
        positionLost: observer.positionLost,
        reopen: failing.resolve,
        parts,
      };
      const subscription = await source.open(
        binding,
        (records) => (delivery === undefined ? early.push([...records]) : delivery.accept(records)),
        context,
      );
      delivery = createDelivery(toDeliveryOptions(subscription));
      const session: Opened = { subscription, delivery, parts, sinceMs: clock.now() };
      if (closing.signal.aborted) return await letGo(session, clock);
      opened = session;
      observer.connection(undefined);
      void failing.promise.then((error) => rebuild(session, error.message));
      for (const records of early) delivery.accept(records);
    } catch (error) {
      await endWithin(closeMs, parts.close(), clock);
      if (closing.signal.aborted) return;
      const { message } = error as Error;
      observer.connection({
        reason: error instanceof SourceError ? error.reason : "ConnectionFailed",
        message,
      });
      openLater();
    }
  }

  function openLater(): void {
    attempt += 1;
    retrying = clock.setTimeout(
      () => {
        if (!closing.signal.aborted && turn?.isOurs() !== false) opening = open();
      },
      backoffMs(reopen, attempt, options.random),
    );
  }

  function toDeliveryOptions(subscription: Subscription) {
    return {
      settings: settings.delivery,
      subscription: turn === undefined ? subscription : { ...subscription, holds: turn.isOurs },
      backPressure: options.capabilities.backPressure,
      commitsEveryMs: options.capabilities.commitsEveryMs,
      waitMs: options.capabilities.backPressure === "drop" ? settings.callTimeoutMs : undefined,
      invoke,
      isReady: invoker.isReady,
      filter: (record: SourceRecord) =>
        !isForAnother(record.headers, binding) && (options.filter?.(record) ?? true),
      deadLetterHeaders: (record: SourceRecord, cause: Parameters<typeof toDeadLetterHeaders>[3]) =>
        toDeadLetterHeaders(origin, binding.function, record, cause, new Date(clock.now())),
      observer: { ...observer, ended, committed },
      clock,
      random: options.random,
    };
  }

  const ended: DeliveryObserver["ended"] = (...args) => {
    movedAtMs = clock.now();
    observer.ended(...args);
  };
  const committed = () => {
    movedAtMs = clock.now();
    observer.committed();
  };

  function invoke(records: readonly SourceRecord[]): Promise<Outcome> {
    return invoker.invoke(toCall(toHeaders, records, settings.delivery.batch !== undefined));
  }

  /** One that stood for a while is opened anew at once, one that falls again and again with back-off. */
  async function rebuild(stale: Opened, why: string): Promise<void> {
    if (opened !== stale || closing.signal.aborted) return;
    opened = undefined;
    observer.rebuilt(why);
    if (clock.now() - stale.sinceMs >= steadyAfterMs) attempt = 0;
    rebuilding = endWithin(closeMs, letGo(stale, clock), clock);
    await rebuilding;
    if (closing.signal.aborted || turn?.isOurs() === false) return;
    if (attempt === 0) opening = open();
    else openLater();
    attempt = Math.max(attempt, 1);
  }

  function askLag(): void {
    const current = opened;
    let lag: number | undefined;
    const asked = current?.subscription.lag().then((count) => {
      lag = count;
    });
    void endWithin(lagIntervalMs, asked ?? Promise.resolve(), clock).then(() => {
      if (closing.signal.aborted) return;
      observer.lag(lag, current && ageOf(current));
      if (current !== undefined && isStuck(current, lag))
        void rebuild(current, `Records wait and none was finished for ${stuckAfterMs / 1000} s.`);
      lagTimer = clock.setTimeout(askLag, lagIntervalMs);
    });
  }

  function ageOf({ delivery, subscription }: Opened): number | undefined {
    const unread = subscription.ageMs?.();
    const oldestMs = delivery.oldestMs();
    if (oldestMs === undefined) return unread;
    return Math.max(unread ?? 0, clock.now() - oldestMs);
  }

  function isStuck({ delivery, subscription }: Opened, lag: number | undefined): boolean {
    const { inFlight, waiting } = delivery.counts();
    const waits = lag ?? subscription.ageMs?.() ?? 0;
    const shrinks = waits < waited;
    waited = waits;
    if (waits === 0 || shrinks || !invoker.isReady() || inFlight > 0 || waiting > 0) {
      movedAtMs = clock.now();
      return false;
    }
    return clock.now() - movedAtMs >= stuckAfterMs;
  }

  return {
    setEndpoints(endpoints) {
      invoker.setEndpoints(endpoints);
      opened?.delivery.readinessChanged();
    },
    counts: () => opened?.delivery.counts() ?? { queued: 0, inFlight: 0, waiting: 0 },
    async close() {
      closing.abort();
      lagTimer.clear();
      retrying?.clear();
      await rebuilding;
      await endWithin(closeMs, opening, clock);
      if (opened !== undefined)
        await endWithin(closeMs + settings.delivery.drainMs, letGo(opened, clock), clock);
      if (turn !== undefined) await endWithin(closeMs, turn.close(), clock);
      await invoker.close();
    },
  };
}

/** Calls end and positions move before the source goes; a broker that does not answer holds up nobody. */
async function letGo({ delivery, subscription, parts }: Opened, clock: Clock): Promise<void> {
  if (subscription.leave !== undefined) await endWithin(leaveMs, subscription.leave(), clock);
  await delivery.close();
  await endWithin(closeMs, subscription.close(), clock);
  await parts.close();
}
