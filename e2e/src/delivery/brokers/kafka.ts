import { deadLetterHeaders } from "@kubeless/api-types";
import { type IHeaders, Kafka, type KafkaMessage, logLevel } from "kafkajs";
import { type Broker, serverFaults, startBrokerServer } from "../broker.ts";
import { startBrokerProxy, type Telling } from "../broker-proxy.ts";
import { digestOf, digestOfWhole, ownHeader } from "../digest.ts";
import { untilItSucceeds } from "../until-it-succeeds.ts";
import type { StoredEvent } from "../verdict.ts";

const topic = "events";
const deadTopic = "dead-events";
const partitions = 4;
/** `ConfigResourceTypes.TOPIC`, which kafkajs does not export to ES modules. */
const topicResource = 2;

/** Metadata and coordinators are told as a text and a number. https://kafka.apache.org/protocol#protocol_types */
const telling: Telling = {
  spell(port) {
    const text = Buffer.from("127.0.0.1\0\0\0\0");
    text.writeInt32BE(port, text.length - 4);
    return text;
  },
  countWhole(bytes) {
    let whole = 0;
    for (let next = 0; next <= bytes.length; ) {
      whole = next;
      next = whole + 4 <= bytes.length ? whole + 4 + bytes.readInt32BE(whole) : Number.POSITIVE_INFINITY;
    }
    return whole;
  },
};

export async function startKafka(tools: string, folder: string): Promise<Broker> {
  const server = await startBrokerServer(tools, "kafka", folder);
  const brokers = server.environment.KAFKA_BROKERS ?? "";
  const proxy = await startBrokerProxy(brokers.split(","), telling);
  await checkTold(proxy.addresses);
  const kafka = new Kafka({ brokers: brokers.split(","), clientId: "delivery", logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await admin.connect();
  await producer.connect();
  await admin.createTopics({
    topics: [
      { topic, numPartitions: partitions },
      { topic: deadTopic, numPartitions: 1 },
    ],
  });

  async function read(from: string, each: (partition: number, message: KafkaMessage) => void): Promise<void> {
    const ends = await admin.fetchTopicOffsets(from);
    const missing = new Map(
      ends.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]),
    );
    if (missing.size === 0) return;
    const consumer = kafka.consumer({ groupId: crypto.randomUUID() });
    await consumer.connect();
    await consumer.subscribe({ topic: from, fromBeginning: true });
    const { promise, resolve } = Promise.withResolvers<void>();
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        each(partition, message);
        if (BigInt(message.offset) + 1n >= (missing.get(partition) ?? 0n)) missing.delete(partition);
        if (missing.size === 0) resolve();
      },
    });
    await promise;
    await consumer.disconnect();
  }

  return {
    kind: "KafkaTrigger",
    spec: { topic, startPosition: "earliest" },
    deadLetter: { topic: deadTopic },
    ordering: "partition",
    environment: { KAFKA_BROKERS: proxy.addresses.join(",") },
    faults: [...serverFaults(server, "Kafka"), proxy.fault],
    async refuseDeadLetters(refuses) {
      const configEntries = refuses ? [{ name: "max.message.bytes", value: "1" }] : [];
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: topicResource, name: deadTopic, configEntries }],
      });
    },
    publish: (events) =>
      untilItSucceeds(async () => {
        await producer.send({
          topic,
          acks: -1,
          messages: events.map(({ key, header, body }) => ({
            key,
            value: body,
            headers: { [ownHeader]: header },
          })),
        });
      }),
    async readBack() {
      const stored = new Map<string, StoredEvent>();
      await read(topic, (partition, message) =>
        stored.set(`${topic}:${partition}:${message.offset}`, {
          lane: String(partition),
          index: Number(message.offset),
          digest: digestOf(message.value ?? Buffer.alloc(0)),
          whole: wholeOf(message),
        }),
      );
      return stored;
    },
    async readDeadLetters() {
      const letters = new Map<string, string[]>();
      await read(deadTopic, (_, message) => {
        const id = headerOf(message.headers, deadLetterHeaders.id);
        letters.set(id, [...(letters.get(id) ?? []), wholeOf(message)]);
      });
      return letters;
    },
    async close() {
      proxy.close();
      await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
      await server.run("down", "--purge");
    },
  };
}

/** Clients go where brokers tell them to: else it would be beside the proxy, and nothing would break. */
async function checkTold(addresses: readonly string[]): Promise<void> {
  const kafka = new Kafka({ brokers: [...addresses], clientId: "delivery", logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const { brokers } = await admin.describeCluster();
  await admin.disconnect();
  const told = brokers.map(({ host, port }) => `${host}:${port}`);
  if (told.join() !== addresses.join()) throw new Error(`Kafka tells of ${told}, not of ${addresses}.`);
}

function wholeOf({ key, value, headers }: KafkaMessage): string {
  return digestOfWhole({
    key: String(key),
    header: headerOf(headers, ownHeader),
    body: value ?? Buffer.alloc(0),
  });
}

function headerOf(headers: IHeaders | undefined, name: string): string {
  return String(headers?.[name] ?? "");
}
