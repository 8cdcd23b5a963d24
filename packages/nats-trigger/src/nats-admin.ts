import type { NATSTriggerSpec } from "@kubeless/api-types";
import { type BrokerAdmin, BrokerError, type BrokerMessage, type BrokerSession } from "@kubeless/trigger-kit";
import { connect, headers as createHeaders, type JetStreamManager, type NatsConnection } from "nats";
import { closeConnection, toSourceError } from "./connection.ts";
import { toConnectionOptions } from "./connection-options.ts";
import type { NatsConfig } from "./nats-config.ts";
import { createDeadLetters } from "./nats-dead-letters.ts";

/** Publishing, and the dead letters of triggers that read streams. */
export const natsAdmin: BrokerAdmin<NATSTriggerSpec, NatsConfig> = {
  async open({ config, spec, namespace, trigger, secret }) {
    const options = await toConnectionOptions(spec, { config, secret });
    const connection = await connect({ ...options, name: "kubeless" }).catch((error: unknown) => {
      throw toSourceError(error as Error);
    });
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
};

async function* publish(
  connection: NatsConnection,
  manager: JetStreamManager,
  subject: string,
  messages: readonly BrokerMessage[],
): AsyncGenerator<string, void> {
  if (/[\s*>]/.test(subject)) throw new BrokerError(`${subject}: write a subject without spaces, * and >.`);
  const isKept = (await findStream(manager, subject)) !== undefined;
  for (const message of messages) yield await publishOne(connection, subject, message, isKept);
}

/** The position in the stream that keeps the subject; without one there is none, and the subject is given. */
async function publishOne(
  connection: NatsConnection,
  subject: string,
  { key, headers: wanted, body }: BrokerMessage,
  isKept: boolean,
): Promise<string> {
  if (key !== undefined)
    throw new BrokerError("NATS messages have no key: put it into the subject, or a header.");
  const headers = createHeaders();
  for (const [name, value] of Object.entries(wanted)) headers.set(name, value);
  try {
    if (isKept) {
      const { stream, seq } = await connection.jetstream().publish(subject, body, { headers });
      return `${stream}:${seq}`;
    }
    connection.publish(subject, body, { headers });
    await connection.flush();
    return subject;
  } catch (error) {
    throw new BrokerError(`The servers did not take the message: ${(error as Error).message}.`);
  }
}

/** The stream that keeps a subject; undefined when none does, or there is no JetStream. */
export async function findStream(manager: JetStreamManager, subject: string): Promise<string | undefined> {
  return await manager.streams.find(subject).catch(() => undefined);
}
