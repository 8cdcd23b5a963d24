import type { Cause, Headers, SourceRecord, Subscription } from "../source.ts";
import type { Entry } from "./entry.ts";
import type { DeliveryObserver, Hold } from "./observer.ts";
import type { DeliverySettings } from "./settings.ts";
import type { Timers } from "./timers.ts";

export interface DeadLettersOptions {
  readonly settings: DeliverySettings;
  readonly subscription: Pick<Subscription, "writeDeadLetter">;
  readonly headers: (record: SourceRecord, cause: Cause) => Headers;
  readonly observer: Pick<DeliveryObserver, "held">;
  readonly timers: Timers;
  readonly random: () => number;
  /** The dead letter is written. */
  readonly written: (entry: Entry) => void;
  /** None is named: the function is called again after so long, for as long as it takes. */
  readonly tryAgain: (entry: Entry, delayMs: number) => void;
  /** Writing was tried, with whatever result. */
  readonly tried: () => void;
}

/** At least once: what becomes of records that failed for good. Until it is written down, a position is held. */
export interface DeadLetters {
  put(entry: Entry, cause: Cause): void;
  /** The entry is done or another reader's: it holds nothing any more. */
  release(entry: Entry): void;
}

export function createDeadLetters(options: DeadLettersOptions): DeadLetters {
  const { settings, subscription, observer, timers } = options;
  const { maxBackoffMs } = settings.retry;
  const holds = new Map<Entry, Hold>();

  function hold(entry: Entry, why: Hold): void {
    holds.set(entry, why);
    observer.held(why);
  }

  function put(entry: Entry, cause: Cause): void {
    if (settings.deadLetter) {
      write(entry, cause);
      return;
    }
    const message = `${cause.message} No dead letter target is named, so the position is held: mend the function, or name a target in spec.delivery.deadLetter.`;
    hold(entry, { reason: "RetriesExhausted", message });
    options.tryAgain(entry, maxBackoffMs);
  }

  function write(entry: Entry, cause: Cause): void {
    entry.state = "writing";
    subscription
      .writeDeadLetter(entry.record, cause, options.headers(entry.record, cause))
      .then(
        () => entry.state === "writing" && options.written(entry),
        (error: Error) => entry.state === "writing" && writeLater(entry, cause, error),
      )
      .then(options.tried);
  }

  function writeLater(entry: Entry, cause: Cause, error: Error): void {
    const message = `The dead letter could not be written (${error.message}), so the position is held until it can be.`;
    hold(entry, { reason: "DeadLetterUnwritable", message });
    entry.state = "backingOff";
    timers.set(entry, maxBackoffMs / 2 + (options.random() * maxBackoffMs) / 2, () => write(entry, cause));
  }

  return {
    put,
    release(entry) {
      if (holds.delete(entry)) observer.held([...holds.values()].at(-1));
    },
  };
}
