import type { NATSTriggerSpec } from "@kubeless/api-types";
import type { Binding, Deliver, Position, SourceContext, Subscription } from "@kubeless/trigger-kit";
import { type ConsumerInfo, type JetStreamManager, type Msg, type NatsConnection, nanos } from "nats";
import { closeConnection, openConnection, refusal } from "../connection.ts";
import type { NatsConfig } from "../nats-config.ts";
import { publishDeadLetter } from "./dead-letter.ts";
import { differs, durableName, findConsumer, type JetStream, openDurable, toStreamError } from "./durable.ts";
import { createHoldings, type Holdings } from "./holdings.ts";
import { takeLeftBehind } from "./left-behind.ts";
import { parseAckSubject, type StreamPosition, toRecord } from "./message.ts";
import { pullSubject } from "./pull.ts";
import { type Reading, readStream } from "./read-stream.ts";
import { subjectMatcher } from "./subject.ts";
import { createTaken, type Taken } from "./taken.ts";

/**
 * How long the servers wait for word of a message before they give it to another reader. Shared: longer than a leader
 * takes to be replaced. A single reader gets it again itself, and knows it: so what a dead one left comes sooner.
 */
const sharedAckWaitMs = 30_000;
const singleAckWaitMs = 10_000;

/** What is given out again comes so much later than its time is up, at most. */
const againSlackMs = 1_000;

/** For so long what is not this binding's any more is not given out again. */
const leaveMs = 24 * 3_600_000;

/** Word is sent so often within that time: one that is lost does no harm. */
const renewalsPerWait = 3;

/** So many messages are held for each that may be called at once. */
const readAhead = 2;

/**
 * Order needs one reader. So does at most once: servers that are killed forget the acknowledgements of their last tenth of
 * a second, and only who made them knows which messages not to call again.
 */
export function readsAlone({ delivery }: Pick<NATSTriggerSpec, "delivery">): boolean {
  return delivery.guarantee === "atMostOnce" || delivery.ordering !== "none";
}

interface Session {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly binding: Binding<NATSTriggerSpec>;
  readonly jetStream: JetStream;
  readonly context: SourceContext<NatsConfig>;
  /** The durable as it was when it was opened. */
  readonly durable: ConsumerInfo;
  readonly holdings: Holdings;
  /** Where it reads alone. */
  readonly taken: Taken | undefined;
  readonly ackWaitMs: number;
  /** Whether the servers do not let this user read, by their last word of it. */
  isRefused: boolean;
}

/** Reads the trigger's stream by a durable pull consumer of the binding's own. */
export async function openJetStream(
  binding: Binding<NATSTriggerSpec>,
  jetStream: JetStream,
  deliver: Deliver,
  context: SourceContext<NatsConfig>,
): Promise<Subscription> {
  let reading: Reading | undefined;
  let session: Session | undefined;
  const connection = await openConnection(binding.spec, context, {
    meanwhile: "the stream keeps what is sent meanwhile",
    reconnected() {
      reading?.restart();
      if (session !== undefined) void reopenIfGone(session);
    },
    refused(subject) {
      if (session !== undefined && subject === pullSubject(jetStream.stream, session.durable.name))
        refuse(session, subject);
    },
  });
  try {
    session = await openSession(connection, binding, jetStream, context);
    reading = startReading(session, deliver);
    return toSubscription(session, reading);
  } catch (error) {
    await connection.close();
    throw toStreamError(error as Error, jetStream.stream);
  }
}

async function openSession(
  connection: NatsConnection,
  binding: Binding<NATSTriggerSpec>,
  jetStream: JetStream,
  context: SourceContext<NatsConfig>,
): Promise<Session> {
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const alone = readsAlone(binding.spec);
  const ackWaitMs = alone ? singleAckWaitMs : sharedAckWaitMs;
  const durable = await openDurable(manager, durableName(binding), binding.spec, jetStream, ackWaitMs);
  const { stream_seq: sequence, consumer_seq: delivery } = durable.delivered;
  const taken = alone ? createTaken({ sequence, delivery }) : undefined;
  const holdings = createHoldings({
    connection,
    ackWaitMs,
    taken,
    confirmEach: binding.spec.delivery.guarantee === "atMostOnce",
    lapsed: (lane) => void context.revoke([lane], 0),
    now: () => performance.now(),
  });
  return {
    connection,
    manager,
    binding,
    jetStream,
    context,
    durable,
    holdings,
    taken,
    ackWaitMs,
    isRefused: false,
  };
}

function startReading(session: Session, deliver: Deliver): Reading {
  const { connection, manager, binding, jetStream, context, durable, holdings, taken, ackWaitMs } = session;
  const { stream } = jetStream;
  const isOrdered = binding.ordering !== "none";
  const isWanted = subjectMatcher(binding.spec.topic);
  /** By then what was sent and is not held comes again, before everything else. */
  const againMs = ackWaitMs + againSlackMs;
  const accept = (message: Msg, pulledMs: number) => {
    const { time, sequence } = parseAckSubject(message.reply ?? "");
    if (!isWanted(message.subject)) return leave(connection, message);
    const place = holdings.take(sequence, toLane(binding, message.subject), message, pulledMs);
    if (place === undefined) return;
    const position: StreamPosition = { ...place, headers: message.headers };
    deliver([toRecord({ message, stream, sequence, time, position })]);
  };
  const late = ({ reply = "" }: Msg) => connection.publish(reply, "-NAK");
  const reading = readStream({
    connection,
    stream,
    durable: durable.name,
    holdings,
    limit: binding.maxInFlight * readAhead,
    async begin(signal) {
      if (!isOrdered || durable.num_ack_pending === 0) return;
      const look = () => manager.consumers.info(stream, durable.name);
      await takeLeftBehind({ connection, look, againMs, accept, late, signal });
      taken?.startAnew();
    },
    received(message, pulledMs) {
      const isEarly = taken?.isBehindGap(parseAckSubject(message.reply ?? "")) && isOrdered;
      if (isEarly) reading.wait(againMs);
      else accept(message, pulledMs);
    },
    late,
    async brokenOff(isDoubted) {
      const found = isDoubted ? reopenIfGone(session) : undefined;
      return isOrdered && (await isSomethingLost(session, found)) ? againMs : 0;
    },
    served: () => letIn(session),
    waited: () => taken?.startAnew(),
  });
  context.signal.addEventListener("abort", () => void reading.stop(), { once: true });
  return reading;
}

function refuse(session: Session, subject: string): void {
  session.isRefused = true;
  session.context.connection({ reason: "AuthenticationFailed", message: refusal(`publish to "${subject}"`) });
}

function letIn(session: Session): void {
  if (session.isRefused) session.context.connection(undefined);
  session.isRefused = false;
}

/** Whether the servers wait for word of more than is held. Who cannot be asked may. */
async function isSomethingLost(
  { manager, jetStream, durable, holdings }: Session,
  found: Promise<ConsumerInfo | undefined> = findConsumer(manager, jetStream.stream, durable.name),
): Promise<boolean> {
  const info = await found.catch(() => undefined);
  return info === undefined || info.num_ack_pending > holdings.size;
}

/** Without an order each message is acknowledged by itself; else what order is kept within is acknowledged in order. */
function toLane({ ordering }: Binding<NATSTriggerSpec>, subject: string): string | undefined {
  if (ordering === "none") return undefined;
  return ordering === "key" ? subject : "";
}

/** Of a topic that the trigger had before, and given out again: it stays in the stream, for who wants it. */
function leave(connection: NatsConnection, { reply = "" }: Msg): void {
  connection.publish(reply, `-NAK ${JSON.stringify({ delay: nanos(leaveMs) })}`);
}

/** A durable or a stream that was deleted, and perhaps made anew, is opened as it is now. Resolves to what there is. */
async function reopenIfGone(session: Session): Promise<ConsumerInfo | undefined> {
  const { manager, durable, jetStream, context } = session;
  try {
    const found = await findConsumer(manager, jetStream.stream, durable.name);
    if (context.signal.aborted) return found;
    if (found?.created !== durable.created)
      context.reopen(new Error(`The consumer ${durable.name} was deleted.`));
    else if (!session.isRefused) context.connection(undefined);
    return found;
  } catch (error) {
    const { message } = toStreamError(error as Error, jetStream.stream);
    if (!context.signal.aborted) context.connection({ reason: "ConnectionFailed", message });
    return undefined;
  }
}

function toSubscription(session: Session, reading: Reading): Subscription {
  const { connection, manager, binding, jetStream, context, durable, holdings, ackWaitMs } = session;
  const renewing = setInterval(
    () => void holdings.renew().catch(() => undefined),
    ackWaitMs / renewalsPerWait,
  );
  return {
    async commit(positions: readonly Position[]) {
      await holdings.acknowledge(positions as readonly StreamPosition[]).finally(reading.wake);
    },
    writeDeadLetter: ({ id, body, position, extensions }, _cause, cause) =>
      publishDeadLetter(connection, {
        subject: binding.spec.delivery.deadLetter?.subject ?? "",
        body,
        cameFrom: extensions.subject ?? "",
        original: (position as StreamPosition).headers,
        cause,
        id: `${binding.namespace}/${binding.trigger}/${binding.function}/${id}`,
      }),
    ...(readsAlone(binding.spec) ? {} : { holds: holdings.holds }),
    pause: reading.pause,
    resume: reading.resume,
    async lag() {
      const { num_pending: pending, config } = await manager.consumers.info(jetStream.stream, durable.name);
      if (differs(config, durable.config))
        context.reopen(new Error(`The consumer ${durable.name} was changed by hand.`));
      return pending + holdings.size;
    },
    async close() {
      clearInterval(renewing);
      await reading.stop();
      holdings.giveBack();
      await closeConnection(connection);
    },
  };
}
