import type { Consumer } from "kafkajs";

export interface GroupWatch {
  /** Whether the session is certainly not over, by a monotonic clock. */
  holds(): boolean;
  stop(): void;
}

const lookEveryMs = 2_000;
/** A fetch is answered within half a second when there is nothing; a broker that takes so long is not there. */
const longestFetchMs = 15_000;
/** How long the group may take to be joined. */
const longestJoinMs = 90_000;

/**
 * Asks for a new client when this one cannot go on: it crashed, a broker does not answer a fetch (the library goes on
 * asking a leader that is frozen, though another has taken its place), the group is not joined, or the session is over.
 */
export function watchGroup(
  consumer: Consumer,
  sessionTimeoutMs: number,
  reopen: (error: Error) => void,
): GroupWatch {
  const fetching = new Map<number, number>();
  let heardAt = performance.now();
  let beatAt = performance.now();

  consumer.on(consumer.events.CRASH, ({ payload }) => reopen(payload.error));
  consumer.on(consumer.events.FETCH_START, ({ payload: { nodeId } }) => {
    fetching.set(nodeId, performance.now());
  });
  consumer.on(consumer.events.FETCH, ({ payload: { nodeId } }) => {
    fetching.delete(nodeId);
    heardAt = performance.now();
  });
  consumer.on(consumer.events.HEARTBEAT, () => {
    beatAt = performance.now();
  });
  consumer.on(consumer.events.GROUP_JOIN, () => {
    fetching.clear();
    heardAt = performance.now();
    beatAt = heardAt;
  });

  const timer = setInterval(() => {
    const now = performance.now();
    const slow = [...fetching].find(([, since]) => now - since > longestFetchMs);
    if (slow !== undefined)
      reopen(new Error(`Broker ${slow[0]} has not answered for ${longestFetchMs / 1000} s.`));
    else if (now - heardAt > longestJoinMs)
      reopen(new Error(`The group was not joined within ${longestJoinMs / 1000} s.`));
  }, lookEveryMs);

  return {
    holds() {
      if (performance.now() - beatAt < sessionTimeoutMs) return true;
      reopen(
        new Error(
          "The session with the group is over: this replica was stopped, or cut off from the brokers.",
        ),
      );
      return false;
    },
    stop: () => clearInterval(timer),
  };
}
