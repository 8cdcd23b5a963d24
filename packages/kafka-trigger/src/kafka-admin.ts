import type { KafkaTriggerSpec } from "@kubeless/api-types";
import {
  type BrokerAdmin,
  BrokerError,
  type BrokerMessage,
  type BrokerSession,
  type Headers,
  type Topics,
} from "@kubeless/trigger-kit";
import type { Admin, IHeaders, KafkaMessage, Producer } from "kafkajs";
import { createKafka } from "./create-kafka.ts";
import { toClientOptions } from "./kafka-client.ts";
import type { KafkaConfig } from "./kafka-config.ts";
import { createDeadLetters } from "./kafka-dead-letters.ts";
import { isOfClient, toBrokerError, toSourceError } from "./kafka-errors.ts";

/** Publishing, topics and dead letters, over the Kafka protocol. */
export const kafkaAdmin: BrokerAdmin<KafkaTriggerSpec, KafkaConfig> = {
  async open({ config, spec, namespace, trigger, secret }) {
    const kafka = createKafka(await toClientOptions(spec, { config, secret }));
    const admin = kafka.admin();
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    const close = async () => {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    };
    try {
      await Promise.all([admin.connect(), producer.connect()]);
    } catch (error) {
      await close();
      throw toSourceError(error as Error, spec.topic ?? "");
    }
    const send = (topic: string, message: BrokerMessage, original?: KafkaMessage) =>
      sendOne(producer, topic, message, original);
    const topic = spec.delivery?.deadLetter?.topic;
    const origin = spec.topic;
    return {
      publish: (target, messages) => publish(send, target, messages),
      topics: createTopics(admin),
      deadLetters:
        topic === undefined || origin === undefined || trigger === undefined
          ? undefined
          : createDeadLetters({ kafka, admin, topic, origin, namespace, trigger, send }),
      close,
    } satisfies BrokerSession;
  },
  explain: (error) => (isOfClient(error) ? toBrokerError(error) : undefined),
};

async function* publish(
  send: (topic: string, message: BrokerMessage) => Promise<string>,
  topic: string,
  messages: readonly BrokerMessage[],
) {
  for (const message of messages) yield await send(topic, message);
}

async function sendOne(
  producer: Producer,
  topic: string,
  { key, headers, body }: BrokerMessage,
  original: KafkaMessage | undefined,
): Promise<string> {
  const message = {
    key: key === undefined ? null : Buffer.from(key),
    value: original?.value === null ? null : Buffer.from(body),
    headers: restore(headers, original?.headers ?? {}),
  };
  try {
    const [sent] = await producer.send({ topic, acks: -1, messages: [message] });
    return `${topic}:${sent?.partition}:${sent?.baseOffset}`;
  } catch (error) {
    throw toBrokerError(error as Error, topic);
  }
}

/** These headers, as they are written in `raw` where they stand there: names in their case, values that are no text. */
function restore(headers: Headers, raw: IHeaders): IHeaders {
  const written = Object.entries(raw).filter(([name]) => name.toLowerCase() in headers);
  const known = new Set(written.map(([name]) => name.toLowerCase()));
  const added = Object.entries(headers).filter(([name]) => !known.has(name));
  return Object.fromEntries([...written, ...added]);
}

function createTopics(admin: Admin): Topics {
  return {
    async *list() {
      const { topics } = await admin.fetchTopicMetadata();
      for (const { name, partitions } of topics.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
        if (!name.startsWith("__")) yield { name, partitions: partitions.length };
    },
    async create(topic, numPartitions) {
      try {
        const topics = [{ topic, numPartitions }];
        const made = await admin.createTopics({ topics, waitForLeaders: true });
        if (!made)
          throw new BrokerError(
            `There is a topic ${topic} already: take another name, or see kubeless topic list.`,
          );
      } catch (error) {
        throw toBrokerError(error as Error, topic);
      }
    },
    async delete(topic) {
      try {
        await admin.deleteTopics({ topics: [topic] });
      } catch (error) {
        throw toBrokerError(error as Error, topic);
      }
    },
  };
}
