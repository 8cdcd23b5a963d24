import type { NATSTriggerSpec } from "@kubeless/api-types";
import type { Binding, Deliver, Position, SourceContext, Subscription } from "@kubeless/trigger-kit";
import type { ConsumerInfo, JetStreamManager, Msg, NatsConnection } from "nats";
import { closeConnection, openConnection } from "../connection.ts";
import type { NatsConfig } from "../nats-config.ts";
import { publishDeadLetter } from "./dead-letter.ts";
import { durableName, findConsumer, type JetStream, openDurable, toStreamError } from "./durable.ts";
import { createHoldings, type Holdings } from "./holdings.ts";
import { parseAckSubject, type StreamPosition, toRecord } from "./message.ts";
import { type Reading, readStream } from "./read-stream.ts";

/**
 * How long the servers wait for word of a message before they give it to another reader. Shared: longer than a leader
 * takes to be replaced. A single reader gets it again itself, and knows it: so what a dead one left comes sooner.
 */
const sharedAckWaitMs = 30_000;
const singleAckWaitMs = 10_000;

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
  readonly ackWaitMs: number;
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
  const holdings = createHoldings({
    connection,
    ackWaitMs,
    alone,
    deliveredBefore: durable.delivered.stream_seq,
    confirmEach: binding.spec.delivery.guarantee === "atMostOnce",
    now: () => performance.now(),
  });
  return { connection, manager, binding, jetStream, context, durable, holdings, ackWaitMs };
}

function startReading(session: Session, deliver: Deliver): Reading {
  const { connection, binding, jetStream, context, durable, holdings, ackWaitMs } = session;
  const { stream } = jetStream;
  const reading = readStream({
    connection,
    stream,
    durable: durable.name,
    holdings,
    limit: binding.maxInFlight * readAhead,
    // In order, what an earlier reader left comes first: the servers give it out again when its time is up.
    startMs: binding.ordering !== "none" && durable.num_ack_pending > 0 ? ackWaitMs : 0,
    received(message: Msg, pulledMs: number) {
      const { sequence, time } = parseAckSubject(message.reply ?? "");
      const lane = toLane(binding, message.subject, sequence);
      const turn = holdings.take(sequence, lane, message, pulledMs);
      if (turn !== undefined) deliver([toRecord({ message, stream, sequence, time, lane, turn })]);
    },
    doubted: () => void reopenIfGone(session),
  });
  context.signal.addEventListener("abort", () => void reading.stop(), { once: true });
  return reading;
}

/** Without an order each message is acknowledged by itself; else what order is kept within is acknowledged in order. */
function toLane({ ordering }: Binding<NATSTriggerSpec>, subject: string, sequence: number): string {
  if (ordering === "none") return String(sequence);
  return ordering === "key" ? subject : "";
}

/** A durable or a stream that was deleted, and perhaps made anew, is opened as it is now. */
async function reopenIfGone({ manager, durable, jetStream, context }: Session): Promise<void> {
  try {
    const found = await findConsumer(manager, jetStream.stream, durable.name);
    if (context.signal.aborted) return;
    if (found?.created === durable.created) context.connection(undefined);
    else context.reopen(new Error(`The consumer ${durable.name} was deleted.`));
  } catch (error) {
    const { message } = toStreamError(error as Error, jetStream.stream);
    if (!context.signal.aborted) context.connection({ reason: "ConnectionFailed", message });
  }
}

function toSubscription(session: Session, reading: Reading): Subscription {
  const { connection, manager, binding, jetStream, durable, holdings, ackWaitMs } = session;
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
      const { num_pending: pending } = await manager.consumers.info(jetStream.stream, durable.name);
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
