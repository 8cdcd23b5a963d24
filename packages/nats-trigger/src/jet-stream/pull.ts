import { createInbox, type Msg, type NatsConnection, type NatsError, nanos } from "nats";

/**
 * How a pull ended: `full` all that was asked for came · `expired` no more was there in time · `tooLarge` the next message
 * is larger than what was asked for · `gone` nobody serves the consumer · `later` the servers cannot now · `silent` they
 * did not answer at all.
 */
export type PullEnd = "full" | "expired" | "tooLarge" | "gone" | "later" | "silent";

export interface PullRequest {
  readonly stream: string;
  readonly durable: string;
  readonly messages: number;
  /** Undefined: as many as they are. */
  readonly bytes: number | undefined;
  readonly expiresMs: number;
  readonly signal: AbortSignal;
  /** Was sent before the servers heard that nothing is wanted any more. */
  readonly late: (message: Msg) => void;
}

/** The servers say when a pull is over; silence beyond this means that they do not answer. */
const silenceMs = 2_000;

/**
 * One request for messages, by the protocol itself: the client's own iterators bound either messages or bytes, and not
 * both. https://docs.nats.io/reference/reference-protocols/nats_api_reference
 */
export function pull(
  connection: NatsConnection,
  { stream, durable, messages, bytes, expiresMs, signal, late }: PullRequest,
  received: (message: Msg) => void,
): Promise<PullEnd> {
  const { promise, resolve } = Promise.withResolvers<PullEnd>();
  const inbox = createInbox();
  let left = messages;
  /** How many will not come, and why. Servers tell it of a replicated stream before they send those that do. */
  let missing = 0;
  let end: PullEnd = "full";
  const told = (message: Msg) => {
    const unsent = toUnsent(message) ?? left;
    end = toEnd(message, unsent < messages);
    missing = end === "gone" || end === "later" ? left : unsent;
    timers.push(setTimeout(resolve, silenceMs, end));
  };
  const subscription = connection.subscribe(inbox, {
    callback(error: NatsError | null, message) {
      if (signal.aborted) return error === null && message.subject !== inbox ? late(message) : undefined;
      if (error !== null) return resolve("gone");
      if (message.subject === inbox) told(message);
      else {
        left -= 1;
        received(message);
      }
      if (left <= missing) resolve(end);
    },
  });
  const timers = [setTimeout(resolve, expiresMs + silenceMs, "silent")];
  const abort = () => resolve("expired");
  signal.addEventListener("abort", abort);
  connection.publish(
    pullSubject(stream, durable),
    JSON.stringify({ batch: messages, max_bytes: bytes, expires: nanos(expiresMs) }),
    { reply: inbox },
  );
  return promise.finally(() => {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    if (signal.aborted) subscription.drain().catch(() => undefined);
    else subscription.unsubscribe();
  });
}

/** Where messages are asked for. */
export function pullSubject(stream: string, durable: string): string {
  return `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`;
}

/** How many of the messages that were asked for are not sent. */
function toUnsent({ headers }: Msg): number | undefined {
  const pending = headers?.get("Nats-Pending-Messages") ?? "";
  return pending === "" ? undefined : Number(pending);
}

/** https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-37.md */
function toEnd({ headers }: Msg, someCame: boolean): PullEnd {
  const description = headers?.description.toLowerCase() ?? "";
  if (headers?.code === 404 || headers?.code === 408) return "expired";
  if (headers?.code === 503 || description.includes("deleted") || description.includes("push based"))
    return "gone";
  if (description.includes("batch completed")) return "full";
  if (description.includes("maxbytes")) return someCame ? "full" : "tooLarge";
  return "later";
}
