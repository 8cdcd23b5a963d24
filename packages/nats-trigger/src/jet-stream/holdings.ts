import type { Msg, NatsConnection } from "nats";
import type { Taken } from "./taken.ts";

/** A message that was delivered to this reader and is not acknowledged. */
interface Held {
  readonly sequence: number;
  readonly lane: string;
  /** Counts up over what this reader took: the order in which it was handed on. */
  readonly turn: number;
  /** Where it is acknowledged: the latest delivery's. */
  reply: string;
  /** Until when the servers give it to nobody else, on the monotonic clock. */
  untilMs: number;
  /**
   * An acknowledgement found no answer. Servers that lost their memory ignore it until they have delivered the message
   * again, or one that follows.
   */
  unconfirmed: boolean;
}

export interface HoldingsOptions {
  readonly connection: Pick<NatsConnection, "publish" | "request" | "flush">;
  readonly ackWaitMs: number;
  /** Where nobody else reads: what was taken and is not held is done. */
  readonly taken?: Taken | undefined;
  /** Each acknowledgement is confirmed by itself: for who may not be given a message again. */
  readonly confirmEach: boolean;
  /** The lane's first message is not this reader's any more. */
  readonly lapsed: (lane: string) => void;
  readonly now: () => number;
}

/** A lane's messages up to a turn. */
export interface LanePosition {
  readonly lane: string;
  readonly turn: number;
}

/** What this reader holds of a durable, by a lease on each message that lasts as long as the servers wait for it. */
export interface Holdings {
  readonly size: number;
  /** Those whose acknowledgement found no answer, and will find none before more is pulled. */
  readonly unconfirmed: number;
  /**
   * Where it is to be acknowledged; undefined when it is not new to this reader. Without a lane it gets one of its own. A
   * pull that was sent at `pulledMs` brought it.
   */
  take(sequence: number, lane: string | undefined, message: Msg, pulledMs: number): LanePosition | undefined;
  /** Resolves when the servers have confirmed, in each of the lanes, every message up to that turn. */
  acknowledge(done: readonly LanePosition[]): Promise<void>;
  /** Whether the lane's first message is still this reader's; one that is not is forgotten. */
  holds(lane: string): boolean;
  /** Asks for more time for everything that is held. */
  renew(): Promise<void>;
  /** Gives back everything that is held, for others to have it at once. */
  giveBack(): void;
}

const ack = "+ACK";
const inProgress = "+WPI";
const nak = "-NAK";

/** An acknowledgement that takes longer counts as lost, and a lease ends so much before the servers' own time is up. */
const confirmMs = 2_000;

export function createHoldings(options: HoldingsOptions): Holdings {
  const { connection, ackWaitMs, taken, confirmEach, now } = options;
  const bySequence = new Map<number, Held>();
  const byLane = new Map<string, Set<Held>>();
  let unconfirmed = 0;
  let turns = 0;

  const mark = (held: Held, is: boolean) => {
    if (held.unconfirmed !== is) unconfirmed += is ? 1 : -1;
    held.unconfirmed = is;
  };

  /** What is delivered is past them: from now on the servers answer. */
  function markUpTo(sequence: number): void {
    if (unconfirmed === 0) return;
    for (const held of bySequence.values()) if (held.sequence <= sequence) mark(held, false);
  }

  function keep(held: Held): void {
    bySequence.set(held.sequence, held);
    const lane = byLane.get(held.lane) ?? new Set();
    byLane.set(held.lane, lane.add(held));
  }

  function forget(held: Held): void {
    mark(held, false);
    bySequence.delete(held.sequence);
    const lane = byLane.get(held.lane);
    lane?.delete(held);
    if (lane?.size === 0) byLane.delete(held.lane);
  }

  /**
   * Servers take the acknowledgements of a connection in turn, and those that lost their memory ignore the highest sequences:
   * that they took the last of an ascending row tells that they took them all.
   */
  async function confirm(all: readonly Held[]): Promise<void> {
    const last = all.at(-1);
    if (last === undefined) return;
    for (const { reply } of all.slice(0, -1)) connection.publish(reply, ack);
    try {
      await connection.request(last.reply, ack, { timeout: confirmMs });
    } catch (error) {
      for (const held of all) if (bySequence.has(held.sequence)) mark(held, true);
      throw error;
    }
    for (const held of all) forget(held);
  }

  function upTo({ lane, turn }: LanePosition): readonly Held[] {
    const held = [...(byLane.get(lane) ?? [])];
    const beyond = held.findIndex((each) => each.turn > turn);
    return beyond === -1 ? held : held.slice(0, beyond);
  }

  return {
    get size() {
      return bySequence.size;
    },
    get unconfirmed() {
      return unconfirmed;
    },
    take(sequence, lane, { reply = "" }, pulledMs) {
      markUpTo(sequence);
      const untilMs = pulledMs + ackWaitMs - confirmMs;
      const known = bySequence.get(sequence);
      if (known !== undefined) {
        known.reply = reply;
        known.untilMs = Math.max(known.untilMs, untilMs);
        return undefined;
      }
      if (taken?.has(sequence)) {
        connection.publish(reply, ack);
        return undefined;
      }
      taken?.add(sequence);
      turns += 1;
      const position = { lane: lane ?? String(turns), turn: turns };
      keep({ ...position, sequence, reply, untilMs, unconfirmed: false });
      return position;
    },
    async acknowledge(done) {
      const all = done.flatMap(upTo).sort((one, other) => one.sequence - other.sequence);
      const rows = confirmEach ? all.map((held) => [held]) : [all];
      const confirmed = await Promise.allSettled(rows.map(confirm));
      const failed = confirmed.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    },
    holds(lane) {
      const [first] = byLane.get(lane) ?? [];
      if (first === undefined) return false;
      if (now() < first.untilMs) return true;
      forget(first);
      options.lapsed(lane);
      return false;
    },
    async renew() {
      const renewed = [...bySequence.values()];
      if (renewed.length === 0) return;
      const sentMs = now();
      for (const { reply } of renewed) connection.publish(reply, inProgress);
      await connection.flush();
      if (now() - sentMs > confirmMs) return;
      for (const held of renewed) if (sentMs < held.untilMs) held.untilMs = sentMs + ackWaitMs - confirmMs;
    },
    giveBack() {
      for (const { reply } of bySequence.values()) connection.publish(reply, nak);
    },
  };
}
