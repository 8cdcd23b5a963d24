import type { Position, Subscription } from "../source.ts";
import type { Clock } from "./clock.ts";
import type { Entry, Lane } from "./entry.ts";
import { createFifo } from "./fifo.ts";
import type { DeliveryObserver } from "./observer.ts";
import { backoffMs, type RetrySettings } from "./retry.ts";

export interface ReservationOptions {
  readonly subscription: Pick<Subscription, "commit">;
  readonly retry: RetrySettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: Pick<DeliveryObserver, "committed" | "commitFailed" | "ended">;
  /** The entry's position is committed: it may be called, once. */
  readonly admit: (entry: Entry) => void;
  /** A reservation has come to its end: look what can be started. */
  readonly settled: () => void;
}

/** At most once: positions are committed before records are called, a window by one commit. */
export interface Reservation {
  readonly isUnderWay: boolean;
  /** The entry waits to be reserved, behind those that were added before. */
  add(entry: Entry): void;
  /** Commits the positions of the next records, `room` at most; only one commit is under way at a time. */
  reserve(room: number): void;
  /** Takes out every entry for which `gone` is true. One whose lane is revoked need not be: it is passed over. */
  discard(gone: (entry: Entry) => boolean): void;
}

export function createReservation(options: ReservationOptions): Reservation {
  const { subscription, observer } = options;
  let isUnderWay = false;
  const waiting = createFifo<Entry>();

  function takeNext(room: number): Entry[] {
    const window: Entry[] = [];
    while (waiting.size > 0 && window.length < room) {
      const entry = waiting.shift();
      if (entry?.state === "queued" && !entry.lane.revoked) window.push(entry);
    }
    return window;
  }

  async function commit(window: readonly Entry[]): Promise<void> {
    try {
      await subscription.commit(furthest(window));
    } catch (error) {
      isUnderWay = false;
      waiting.putBack(window);
      observer.commitFailed(error as Error);
      options.clock.setTimeout(options.settled, backoffMs(options.retry, 1, options.random));
      return;
    }
    isUnderWay = false;
    observer.committed();
    for (const entry of window) {
      if (entry.state === "dropped") observer.ended(entry.record, "lost", 0);
      else options.admit(entry);
    }
    options.settled();
  }

  return {
    get isUnderWay() {
      return isUnderWay;
    },
    add: waiting.push,
    reserve(room) {
      if (isUnderWay || room <= 0) return;
      const window = takeNext(room);
      if (window.length === 0) return;
      isUnderWay = true;
      void commit(window);
    },
    discard: (gone) => void waiting.discard(gone),
  };
}

function furthest(window: readonly Entry[]): readonly Position[] {
  const last = new Map<Lane, Position>();
  for (const entry of window) last.set(entry.lane, entry.record.position);
  return [...last.values()];
}
