import { randomUUID } from "node:crypto";
import { BrokerError } from "@kubeless/trigger-kit";
import type { Admin, Kafka, KafkaMessage } from "kafkajs";

export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly message: KafkaMessage;
}

/** Nothing came for so long though the brokers said that there is more. */
const stalledMs = 15_000;

/**
 * Reads a topic from `starts` (by partition; else from its beginning) to where it ends now, in a group that is deleted
 * afterwards. Throws a BrokerError when the brokers stop short.
 */
export async function* readTopic(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  starts: ReadonlyMap<number, bigint>,
): AsyncGenerator<TopicRecord, void> {
  const ends = await endsOf(admin, topic, starts);
  if (ends.size === 0) return;
  const groupId = `kubeless-dead-letters-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const { readable, writable } = new TransformStream<TopicRecord, TopicRecord>();
  const writer = writable.getWriter();
  const stall = setTimeout(
    () => void writer.abort(new BrokerError(`The brokers gave only a part of ${topic}; try again.`)),
    stalledMs,
  );
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const { partition, messages } = batch;
        stall.refresh();
        const end = ends.get(partition) ?? 0n;
        for (const message of messages) {
          const offset = BigInt(message.offset);
          if (offset < end) await writer.write({ partition, offset, message });
        }
        if (BigInt(batch.lastOffset()) + 1n >= end) ends.delete(partition);
        if (ends.size === 0) await writer.close();
      },
    });
    for (const [partition, offset] of starts)
      if (ends.has(partition)) consumer.seek({ topic, partition, offset: String(offset) });
    yield* readable;
  } finally {
    clearTimeout(stall);
    await writer.abort().catch(() => undefined);
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
}

/** Where partitions end that have something to read. */
async function endsOf(
  admin: Admin,
  topic: string,
  starts: ReadonlyMap<number, bigint>,
): Promise<Map<number, bigint>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(
    offsets
      .map(({ partition, low, high }) => ({
        partition,
        from: maximum(BigInt(low), starts.get(partition) ?? 0n),
        end: BigInt(high),
      }))
      .filter(({ from, end }) => from < end)
      .map(({ partition, end }) => [partition, end]),
  );
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
