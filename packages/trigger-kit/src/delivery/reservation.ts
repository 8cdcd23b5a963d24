import type { Position, Subscription } from "../source.ts";
import type { Clock } from "./clock.ts";
import type { Entry, Lane } from "./entry.ts";
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
  /** Commits the positions of the next records, `room` at most; only one commit is under way at a time. */
  reserve(lanes: Iterable<Lane>, room: number): void;
}

export function createReservation(options: ReservationOptions): Reservation {
  const { subscription, observer } = options;
  let isUnderWay = false;

  async function commit(window: readonly Entry[]): Promise<void> {
    try {
      await subscription.commit(furthest(window));
    } catch (error) {
      isUnderWay = false;
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
    reserve(lanes, room) {
      if (isUnderWay) return;
      const window = nextQueued(lanes, room);
      if (window.length === 0) return;
      isUnderWay = true;
      void commit(window);
    },
  };
}

function nextQueued(lanes: Iterable<Lane>, room: number): Entry[] {
  const window: Entry[] = [];
  for (const lane of lanes) {
    for (const entry of lane.entries) {
      if (window.length >= room) return window;
      if (!lane.revoked && !entry.open && entry.state === "queued") window.push(entry);
    }
  }
  return window;
}

function furthest(window: readonly Entry[]): readonly Position[] {
  const last = new Map<Lane, Position>();
  for (const entry of window) last.set(entry.lane, entry.record.position);
  return [...last.values()];
}
