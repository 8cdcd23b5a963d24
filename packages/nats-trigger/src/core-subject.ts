import type { NATSTriggerSpec } from "@kubeless/api-types";
import type { Binding, Deliver, SourceContext, SourceRecord, Subscription } from "@kubeless/trigger-kit";
import { headers as createHeaders, type Msg, type NatsConnection, nuid } from "nats";
import { closeConnection, openConnection, toSourceError } from "./connection.ts";
import { toHeaders } from "./headers.ts";
import type { NatsConfig } from "./nats-config.ts";

/**
 * Core NATS: a subject, with wildcards, in the queue group `<namespace>_<trigger>_<function>_<subject>`, which is Kubeless'
 * own: each message goes to one replica. It keeps nothing, so there is no position: an event's id is made up here, and
 * what is sent while nobody listens is lost.
 */
export async function openCoreSubject(
  binding: Binding<NATSTriggerSpec>,
  deliver: Deliver,
  context: SourceContext<NatsConfig>,
): Promise<Subscription> {
  const { spec } = binding;
  const connection = await openConnection(spec, context, {
    meanwhile: "core NATS keeps nothing, so what is sent meanwhile is lost",
    reconnected: () => undefined,
  });
  const reply = (to: Msg) => (body: Uint8Array, headers: Readonly<Record<string, string>>) =>
    respond(to, body, headers, context);
  /** What came by one read of the connection is delivered together. */
  const arrived: SourceRecord[] = [];
  const arrive = (record: SourceRecord) => {
    if (arrived.push(record) === 1) queueMicrotask(() => deliver(arrived.splice(0)));
  };
  const refused = Promise.withResolvers<never>();
  const subscription = connection.subscribe(spec.topic, {
    queue: queueGroup(binding),
    callback(error, message) {
      if (error === null) arrive(toRecord(message, reply));
      else refused.reject(toSourceError(error));
    },
  });
  await untilTaken(connection, refused.promise);
  refused.promise.catch(context.reopen);
  return {
    commit: async () => undefined,
    writeDeadLetter: () =>
      Promise.reject(new Error("core NATS delivers at most once, which has no dead letters")),
    pause: () => undefined,
    resume: () => undefined,
    lag: async () => undefined,
    // While what is here is finished, other replicas get what comes.
    leave: () => subscription.drain(),
    close: () => closeConnection(connection),
  };
}

export function queueGroup({ namespace, trigger, function: name, spec }: Binding<NATSTriggerSpec>): string {
  return `${namespace}_${trigger}_${name}_${spec.topic}`;
}

/** The answer to a ping comes behind a refusal: by then the servers have taken the subscription. */
async function untilTaken(connection: NatsConnection, refused: Promise<never>): Promise<void> {
  try {
    await Promise.race([refused, connection.flush()]);
  } catch (error) {
    await connection.close();
    throw toSourceError(error as Error);
  }
}

function toRecord(message: Msg, reply: (to: Msg) => SourceRecord["reply"]): SourceRecord {
  const id = nuid.next();
  return {
    id,
    time: new Date(),
    headers: toHeaders(message.headers),
    extensions: { subject: message.subject },
    body: message.data,
    lane: id,
    position: id,
    ...(message.reply === undefined || message.reply === "" ? {} : { reply: reply(message) }),
  };
}

function respond(
  message: Msg,
  body: Uint8Array,
  { "content-type": contentType }: Readonly<Record<string, string>>,
  { log }: SourceContext<NatsConfig>,
): void {
  const headers = createHeaders();
  if (contentType !== undefined) headers.set("Content-Type", contentType);
  try {
    message.respond(body, contentType === undefined ? {} : { headers });
  } catch (err) {
    log.warn(
      { err, bytes: body.byteLength },
      "The function's result could not be sent back to who asked for it",
    );
  }
}
