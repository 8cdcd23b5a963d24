import type { KafkaTriggerSpec } from "@kubeless/api-types";
import type {
  Binding,
  Capabilities,
  Deliver,
  EventSource,
  SourceContext,
  Subscription,
} from "@kubeless/trigger-kit";
import { type Admin, type Consumer, type EachBatchPayload, Kafka, type Producer } from "kafkajs";
import { toClientOptions } from "./kafka-client.ts";
import { type KafkaConfig, kafkaConfig } from "./kafka-config.ts";
import { toSourceError } from "./kafka-errors.ts";
import { type KafkaPosition, toRecord } from "./to-record.ts";

const capabilities: Capabilities = {
  guarantees: ["atMostOnce", "atLeastOnce"],
  orderings: ["none", "key", "partition"],
  backPressure: "pause",
  work: "shared",
};

/** How often the group is told that this member lives while a batch is worked on. */
const heartbeatMs = 1_000;

/** How long a broker may hold an empty answer back: also how long closing takes. */
const longestPollMs = 500;

/** Reads a Kafka topic in the consumer group `<namespace>_<trigger>_<function>_<topic>`, which is Kubeless' own. */
export const kafkaSource: EventSource<KafkaTriggerSpec, KafkaConfig> = {
  config: kafkaConfig,
  capabilities: () => capabilities,
  async open(binding, deliver, context) {
    const kafka = new Kafka(await toClientOptions(binding.spec, context));
    const admin = kafka.admin();
    const groupId = `${binding.namespace}_${binding.trigger}_${binding.function}_${binding.spec.topic}`;
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    const consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: 30_000,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: longestPollMs,
      retry: { restartOnFailure: async () => false },
    });
    try {
      await admin.connect();
      await fixStart(admin, groupId, binding.spec);
      await producer.connect();
      return await read({ consumer, producer, admin, groupId, binding, deliver, context });
    } catch (error) {
      await Promise.allSettled([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
      throw toSourceError(error as Error, binding.spec.topic);
    }
  },
};

interface Session {
  readonly consumer: Consumer;
  readonly producer: Producer;
  readonly admin: Admin;
  readonly groupId: string;
  readonly binding: Binding<KafkaTriggerSpec>;
  readonly deliver: Deliver;
  readonly context: SourceContext<KafkaConfig>;
}

/** A group that has no offset yet gets one, so that nothing sent from now on is missed; others keep theirs. */
async function fixStart(
  admin: Admin,
  groupId: string,
  { topic, startPosition }: KafkaTriggerSpec,
): Promise<void> {
  const [known] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const missing = new Set(
    known?.partitions.filter(({ offset }) => offset === "-1").map(({ partition }) => partition),
  );
  if (missing.size === 0) return;
  const ends = await admin.fetchTopicOffsets(topic);
  const from =
    startPosition === "earliest" || startPosition === "latest"
      ? undefined
      : await admin.fetchTopicOffsetsByTimestamp(topic, Date.parse(startPosition));
  const partitions = ends
    .filter(({ partition }) => missing.has(partition))
    .map(({ partition, low, high }) => ({
      partition,
      offset:
        from?.find((entry) => entry.partition === partition)?.offset ??
        (startPosition === "earliest" ? low : high),
    }));
  await admin.setOffsets({ groupId, topic, partitions });
}

async function read(session: Session): Promise<Subscription> {
  const { consumer, producer, admin, groupId, binding, context } = session;
  const { topic, delivery } = binding.spec;
  const batches = new Map<string, OpenBatch>();
  const paused = { is: false };
  consumer.on(consumer.events.CRASH, ({ payload }) => context.reopen(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: binding.maxInFlight,
    eachBatch: (payload) => workOn(payload, session, batches),
  });
  return {
    async commit(positions) {
      const offsets = (positions as readonly KafkaPosition[]).map(({ partition, offset }) => ({
        topic,
        partition,
        offset: String(offset + 1n),
      }));
      await consumer.commitOffsets(offsets);
      for (const { partition, offset } of positions as readonly KafkaPosition[])
        batches.get(String(partition))?.reached(offset);
    },
    async writeDeadLetter(record, _cause, headers) {
      const target = delivery.deadLetter?.topic ?? "";
      await producer.send({
        topic: target,
        acks: -1,
        messages: [
          {
            key: record.key === undefined ? null : Buffer.from(record.key),
            value: Buffer.from(record.body),
            headers: { ...(record.position as KafkaPosition).headers, ...headers },
          },
        ],
      });
    },
    pause() {
      paused.is = true;
      consumer.pause([{ topic }]);
    },
    resume() {
      paused.is = false;
      consumer.resume([{ topic }]);
    },
    async lag() {
      const [[committed], ends] = await Promise.all([
        admin.fetchOffsets({ groupId, topics: [topic] }),
        admin.fetchTopicOffsets(topic),
      ]);
      return ends.reduce((sum, { partition, high, low }) => {
        const at = committed?.partitions.find((entry) => entry.partition === partition)?.offset ?? "-1";
        return sum + Math.max(0, Number(BigInt(high) - BigInt(at === "-1" ? low : at)));
      }, 0);
    },
    async close() {
      for (const batch of batches.values()) batch.end();
      await Promise.allSettled([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
    },
  };
}

interface OpenBatch {
  reached(offset: bigint): void;
  end(): void;
}

/**
 * A batch stays open until its last record is committed, and the group hears from us meanwhile. When the group is being
 * rebalanced, that is where we learn it: what runs is finished and committed before we join again.
 */
async function workOn(
  { batch, heartbeat, resolveOffset }: EachBatchPayload,
  { binding, deliver, context }: Session,
  batches: Map<string, OpenBatch>,
): Promise<void> {
  const last = batch.messages.at(-1);
  if (last === undefined) return;
  const lane = String(batch.partition);
  const done = Promise.withResolvers<void>();
  const lastOffset = BigInt(last.offset);
  batches.set(lane, { reached: (offset) => offset >= lastOffset && done.resolve(), end: done.resolve });
  deliver(batch.messages.map((message) => toRecord(message, batch.partition, binding.spec.topic)));
  let failure: unknown;
  const beat = setInterval(() => {
    heartbeat().catch((error: unknown) => {
      failure = error;
      done.resolve();
    });
  }, heartbeatMs);
  await done.promise;
  clearInterval(beat);
  batches.delete(lane);
  if (failure !== undefined) {
    await context.revoke([lane]);
    throw failure;
  }
  resolveOffset(last.offset);
}
