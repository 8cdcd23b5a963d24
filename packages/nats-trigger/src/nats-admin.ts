import type { NATSTriggerSpec } from "@kubeless/api-types";
import { type BrokerAdmin, BrokerError, type BrokerMessage, type BrokerSession } from "@kubeless/trigger-kit";
import {
  connect,
  headers as createHeaders,
  ErrorCode,
  Events,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
} from "nats";
import { closeConnection, toSourceError } from "./connection.ts";
import { toConnectionOptions } from "./connection-options.ts";
import type { NatsConfig } from "./nats-config.ts";
import { createDeadLetters } from "./nats-dead-letters.ts";

/** Publishing, and the dead letters of triggers that read streams. */
export const natsAdmin: BrokerAdmin<NATSTriggerSpec, NatsConfig> = {
  async open({ config, spec, namespace, trigger, secret }) {
    const options = await toConnectionOptions(spec, { config, secret });
    const connection = await connect({ ...options, name: "kubeless", reconnect: false }).catch(
      (error: unknown) => {
        throw toSourceError(error as Error);
      },
    );
    const manager = await connection.jetstreamManager({ checkAPI: false });
    const subject = spec.jetStream === undefined ? undefined : spec.delivery?.deadLetter?.subject;
    return {
      publish: (target, messages) => publish(connection, manager, target, messages),
      deadLetters:
        subject === undefined || trigger === undefined
          ? undefined
          : createDeadLetters({ connection, manager, subject, owner: `${namespace}/${trigger}` }),
      close: () => closeConnection(connection),
    } satisfies BrokerSession;
  },
  explain: (error) => (error instanceof NatsError ? toSourceError(error) : undefined),
};

async function* publish(
  connection: NatsConnection,
  manager: JetStreamManager,
  subject: string,
  messages: readonly BrokerMessage[],
): AsyncGenerator<string, void> {
  if (!/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(subject))
    throw new BrokerError(
      `${JSON.stringify(subject)}: write a subject as orders.created is, without spaces, * and >, and with something between its dots.`,
    );
  const isKept = (await findStream(manager, subject)) !== undefined;
  const send = isKept ? publishKept : createUnkept(connection);
  for (const message of messages) {
    if (message.key !== undefined)
      throw new BrokerError("NATS messages have no key: put it into the subject, or a header.");
    try {
      yield await send(connection, subject, message);
    } catch (error) {
      throw toPublishError(connection, error as Error);
    }
  }
}

type Send = (connection: NatsConnection, subject: string, message: BrokerMessage) => Promise<string>;

/** Gives the position in the stream that keeps the subject. */
const publishKept: Send = async (connection, subject, { headers, body }) => {
  const sent = await connection.jetstream().publish(subject, body, { headers: toWritten(headers) });
  return `${sent.stream}:${sent.seq}`;
};

/** No stream keeps it, so that there is no position, and nobody answers: a refusal is an error of the connection's. */
function createUnkept(connection: NatsConnection): Send {
  let refused: string | undefined;
  void (async () => {
    for await (const { type, data } of connection.status()) if (type === Events.Error) refused = String(data);
  })();
  return async (_, subject, { headers, body }) => {
    connection.publish(subject, body, { headers: toWritten(headers) });
    await connection.flush();
    await new Promise(setImmediate);
    if (refused !== undefined) throw new NatsError(`${subject}: ${refused}`, refused);
    return subject;
  };
}

function toWritten(wanted: BrokerMessage["headers"]) {
  const headers = createHeaders();
  for (const [name, value] of Object.entries(wanted)) headers.set(name, value);
  return headers;
}

function toPublishError({ info }: NatsConnection, error: Error): Error {
  const code = error instanceof NatsError ? error.code : undefined;
  if (code === ErrorCode.PermissionsViolation) return toSourceError(error);
  if (code === ErrorCode.MaxPayloadExceeded)
    return new BrokerError(`The message is larger than the servers take: ${info?.max_payload} bytes.`);
  return new BrokerError(`The servers did not take the message: ${error.message}.`);
}

/** The stream that keeps a subject; undefined when none does, or there is no JetStream. */
export async function findStream(manager: JetStreamManager, subject: string): Promise<string | undefined> {
  return await manager.streams.find(subject).catch(() => undefined);
}
