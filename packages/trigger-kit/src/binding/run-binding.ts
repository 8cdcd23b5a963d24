import { BATCH_CONTENT_TYPE } from "@kubeless/api-types";
import { isForAnother } from "../admin/to-redriven.ts";
import type { Clock } from "../delivery/clock.ts";
import { createDelivery, type Delivery } from "../delivery/delivery.ts";
import type { Filter } from "../delivery/filter.ts";
import type { DeliveryObserver } from "../delivery/observer.ts";
import { backoffMs } from "../delivery/retry.ts";
import type { BindingSettings } from "../delivery/to-settings.ts";
import { type EventOrigin, toDeadLetterHeaders, toEventHeaders } from "../event-headers.ts";
import { createInvoker, type Endpoint } from "../invoker/invoker.ts";
import type { Outcome } from "../invoker/outcome.ts";
import type { OpenParts } from "../parts/open-parts.ts";
import {
  type Binding,
  type Capabilities,
  type EventSource,
  type SourceContext,
  SourceError,
  type SourceRecord,
  type Subscription,
} from "../source.ts";
import { toBatch } from "./batch.ts";
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
  connection(fault: { readonly reason: string; readonly message: string } | undefined): void;
  /** Records wait in the broker; undefined where that cannot be known. */
  lag(count: number | undefined): void;
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

interface Opened {
  readonly parts: OpenParts;
  readonly subscription: Subscription;
  readonly delivery: Delivery;
}

export function runBinding<Spec, Config>(options: RunBindingOptions<Spec, Config>): RunningBinding {
  const { source, binding, origin, settings, observer, clock } = options;
  const invoker = createInvoker({
    authority: `${binding.function}.${binding.namespace}`,
    window: settings.delivery.maxInFlight,
    timeoutMs: settings.callTimeoutMs,
    clock,
  });
  const closing = new AbortController();
  let opened: Opened | undefined;
  let attempt = 0;
  let movedAtMs = clock.now();
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
    const session = AbortSignal.any([closing.signal]);
    let restart: (error: Error) => void = () => undefined;
    try {
      const early: SourceRecord[][] = [];
      let delivery: Delivery | undefined;
      const context: SourceContext<Config> = {
        ...options.services,
        signal: session,
        revoke: async (lanes) => delivery?.revoke(lanes),
        connection: (fault) => observer.connection(fault),
        reopen: (error) => restart(error),
        parts,
      };
      restart = (error) => void rebuild(error.message);
      const subscription = await source.open(
        binding,
        (records) => (delivery === undefined ? early.push([...records]) : delivery.accept(records)),
        context,
      );
      delivery = createDelivery(toDeliveryOptions(subscription));
      opened = { subscription, delivery, parts };
      attempt = 0;
      observer.connection(undefined);
      for (const records of early) delivery.accept(records);
    } catch (error) {
      await endWithin(closeMs, parts.close(), clock);
      if (closing.signal.aborted) return;
      const { message } = error as Error;
      observer.connection({
        reason: error instanceof SourceError ? error.reason : "ConnectionFailed",
        message,
      });
      attempt += 1;
      retrying = clock.setTimeout(
        () => {
          if (!closing.signal.aborted) opening = open();
        },
        backoffMs(reopen, attempt, options.random),
      );
    }
  }

  function toDeliveryOptions(subscription: Subscription) {
    return {
      settings: settings.delivery,
      subscription: turn === undefined ? subscription : { ...subscription, holds: turn.isOurs },
      backPressure: options.capabilities.backPressure,
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
    const [first] = records;
    if (first === undefined)
      return Promise.resolve({ kind: "notReady", message: "There is nothing to call with." });
    if (settings.delivery.batch !== undefined) {
      const headers = {
        ...toEventHeaders(origin, first),
        "content-type": BATCH_CONTENT_TYPE,
        "event-type": BATCH_CONTENT_TYPE,
      };
      return invoker.invoke({ headers, body: toBatch(origin, records), wantsReply: true });
    }
    return invoker.invoke({
      headers: toEventHeaders(origin, first),
      body: first.body,
      wantsReply: first.reply !== undefined,
    });
  }

  async function rebuild(why: string): Promise<void> {
    const stale = opened;
    if (stale === undefined || closing.signal.aborted) return;
    opened = undefined;
    observer.rebuilt(why);
    await endWithin(closeMs, letGo(stale, clock), clock);
    if (!closing.signal.aborted && turn?.isOurs() !== false) opening = open();
  }

  function askLag(): void {
    const current = opened;
    const asked =
      current === undefined ? Promise.resolve(undefined) : current.subscription.lag().catch(() => undefined);
    void asked.then((lag) => {
      if (closing.signal.aborted) return;
      observer.lag(lag);
      if (current !== undefined && isStuck(current, lag))
        void rebuild(`${lag} records wait and none was finished for ${stuckAfterMs / 1000} s.`);
      lagTimer = clock.setTimeout(askLag, lagIntervalMs);
    });
  }

  function isStuck({ delivery }: Opened, lag: number | undefined): boolean {
    const { queued, inFlight } = delivery.counts();
    if (lag === undefined || lag === 0 || !invoker.isReady() || inFlight > 0 || queued > 0) {
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
    counts: () => opened?.delivery.counts() ?? { queued: 0, inFlight: 0 },
    async close() {
      closing.abort();
      lagTimer.clear();
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
  await delivery.close();
  await endWithin(closeMs, subscription.close(), clock);
  await parts.close();
}

function endWithin(ms: number, work: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, ms);
    work
      .catch(() => undefined)
      .finally(() => {
        timer.clear();
        resolve();
      });
  });
}
