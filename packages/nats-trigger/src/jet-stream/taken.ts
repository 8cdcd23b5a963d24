/** A delivery, as the servers count them for a durable. */
export interface Delivery {
  /** Where the message stands in its stream. */
  readonly sequence: number;
  /** One more than the delivery before, whatever message that was of. */
  readonly delivery: number;
}

/**
 * What a reader has taken that reads alone. A delivery that is left out was sent and never came, for a connection broke:
 * the servers give that message out again, and then it is new though others that follow it were taken.
 */
export interface Taken {
  has(sequence: number): boolean;
  add(sequence: number): void;
  /** Whether this is new, and one before it may never have come, and will come again. Called once for each delivery. */
  isBehindGap(delivery: Delivery): boolean;
  /** The next delivery is the first of all that is not taken, whatever its number. */
  startAnew(): void;
}

/** From and to, both included. Between two of them lies what was sent and never came. */
type Span = [from: number, to: number];

/** What lies before that many is too old to be given out again. */
const mostSpans = 1_000;

/** `before` is what was delivered to whoever read before: that may come again, and is new. */
export function createTaken(before: { readonly sequence: number; readonly delivery: number }): Taken {
  const spans: Span[] = [];
  let highest = before.sequence;
  let lastDelivery: number | undefined = before.delivery;
  /** Since the highest sequence was taken a delivery was left out. */
  let hasGap = false;

  function addHighest(sequence: number): void {
    const last = spans.at(-1);
    if (hasGap || last?.[1] !== highest) spans.push([hasGap ? sequence : highest + 1, sequence]);
    else last[1] = sequence;
    highest = sequence;
    hasGap = false;
  }

  function addBetween(sequence: number): void {
    const next = spans.findIndex(([from]) => from > sequence);
    spans.splice(next === -1 ? spans.length : next, 0, [sequence, sequence]);
  }

  return {
    has: (sequence) => {
      const span = spans.findLast(([from]) => from <= sequence);
      return span !== undefined && sequence <= span[1];
    },
    add(sequence) {
      if (sequence > highest) addHighest(sequence);
      else addBetween(sequence);
      if (spans.length > mostSpans) spans.shift();
    },
    isBehindGap({ sequence, delivery }) {
      const isFirst = lastDelivery === undefined;
      const isNext = delivery - 1 === lastDelivery;
      lastDelivery = delivery;
      hasGap ||= !isNext;
      return !isNext && !isFirst && sequence > highest;
    },
    startAnew() {
      lastDelivery = undefined;
    },
  };
}
