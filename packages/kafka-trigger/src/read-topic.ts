import { randomUUID } from "node:crypto";
import { BrokerError } from "@kubeless/trigger-kit";
import type { Admin, Kafka, KafkaMessage } from "kafkajs";
import { toBrokerError } from "./kafka-errors.ts";

export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly message: KafkaMessage;
}

/** Nothing came for so long though the brokers said that there is more. */
const patienceMs = 15_000;

/**
 * Reads a topic from `starts` (by partition; else from its beginning) to where it ends now, each record once, in a group
 * that is deleted afterwards. Whoever reads may take any time over a record. Throws a BrokerError when the brokers stop
 * short.
 */
export async function* readTopic(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  starts: ReadonlyMap<number, bigint>,
  stalledMs = patienceMs,
): AsyncGenerator<TopicRecord, void> {
  const ends = await endsOf(admin, topic, starts);
  if (ends.size === 0) return;
  const groupId = `kubeless-dead-letters-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const { readable, writable } = new TransformStream<TopicRecord, TopicRecord>();
  const writer = writable.getWriter();
  const stall = createStall(stalledMs, () => {
    const error = new BrokerError(`The brokers gave only a part of ${topic}; try again.`);
    void writer.abort(error).catch(() => undefined);
  });
  /** What comes again, because a group that is held up loses its place, was read. */
  const next = new Map(starts);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, heartbeat }) => {
        const { partition, messages } = batch;
        stall.clear();
        const end = ends.get(partition) ?? 0n;
        for (const message of messages) {
          const offset = BigInt(message.offset);
          if (offset >= end || offset < (next.get(partition) ?? 0n)) continue;
          next.set(partition, offset + 1n);
          await writer.write({ partition, offset, message });
          await heartbeat();
        }
        if (BigInt(batch.lastOffset()) + 1n >= end) ends.delete(partition);
        if (ends.size === 0) await writer.close();
        else stall.start();
      },
    });
    for (const [partition, offset] of starts)
      if (ends.has(partition)) consumer.seek({ topic, partition, offset: String(offset) });
    yield* readable;
  } finally {
    stall.end();
    await writer.abort().catch(() => undefined);
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
}

/** Runs while the brokers are waited for, and not while whoever reads is. */
function createStall(ms: number, stalled: () => void) {
  let timer = setTimeout(stalled, ms);
  let isOver = false;
  return {
    clear: () => clearTimeout(timer),
    start() {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(stalled, ms);
    },
    end() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Where partitions end that have something to read. */
async function endsOf(
  admin: Admin,
  topic: string,
  starts: ReadonlyMap<number, bigint>,
): Promise<Map<number, bigint>> {
  const offsets = await admin.fetchTopicOffsets(topic).catch((error: Error) => {
    throw toBrokerError(error, topic);
  });
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
