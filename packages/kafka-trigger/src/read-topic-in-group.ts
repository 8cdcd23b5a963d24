import type { KafkaTriggerSpec } from "@kubeless/api-types";
import type { Binding, Deliver, SourceContext, Subscription } from "@kubeless/trigger-kit";
import type { Admin, EachBatchPayload, Kafka } from "kafkajs";
import { fetchCommitted } from "./committed-offsets.ts";
import type { KafkaConfig } from "./kafka-config.ts";
import { createLane, formatAttempts, type Lane, mostOpen, moveTo } from "./lane.ts";
import { sayWhere } from "./start-offsets.ts";
import { type KafkaPosition, toRecord } from "./to-record.ts";
import { watchGroup } from "./watch-group.ts";

export interface Reading {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly groupId: string;
  readonly binding: Binding<KafkaTriggerSpec>;
  readonly deliver: Deliver;
  readonly context: SourceContext<KafkaConfig>;
  readonly membership: Membership;
}

/** What a binding was in its group when it was open last. */
export interface Membership {
  memberId?: string;
}

const sessionTimeoutMs = 30_000;
const heartbeatMs = 1_000;
/** How long a broker may hold an empty answer back: also how long closing takes. */
const longestPollMs = 500;
/** How long what runs may take when the group is rebalanced: the session must outlast it. */
const drainMs = 20_000;

/**
 * Reads as a member of the group. Batches are handed over as they come; a partition with enough of them open is not
 * fetched from, so that one that is slow or held does not stop the others. Before the group is joined anew what runs is
 * finished and committed, and everything that was read is forgotten.
 */
export async function readTopicInGroup(reading: Reading): Promise<Omit<Subscription, "writeDeadLetter">> {
  const { kafka, admin, groupId, binding, deliver, context, membership } = reading;
  const { topic } = binding.spec;
  const lanes = new Map<number, Lane>();
  let isPaused = false;
  /** Whether what is done may be committed: from the assignment until the group is joined anew. */
  let isMember = false;
  let assigned: Promise<void> = Promise.resolve();
  /** Up to where the broker has acknowledged commits, by partition. */
  const acknowledged = new Map<number, bigint>();

  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: longestPollMs,
    maxBytesPerPartition: 512 * 1024,
    maxBytes: 4 * 1024 * 1024,
    metadataMaxAge: 30_000,
    retry: { restartOnFailure: async () => false },
    beforeJoin: leave,
    // One whose connection broke could not leave: the group would wait for it until its session is over.
    ...(membership.memberId === undefined ? {} : { formerMemberId: membership.memberId }),
  });
  const watch = watchGroup(consumer, sessionTimeoutMs, context.reopen);
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment, memberId } }) => {
    membership.memberId = memberId;
    assigned = enter(memberAssignment[topic] ?? []);
    assigned.catch(context.reopen);
  });

  consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload: { topics } }) => {
    for (const { partition, offset } of topics.flatMap(({ partitions }) => partitions))
      acknowledged.set(partition, BigInt(offset));
  });

  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
    const lane = lanes.get(partition);
    if (batchSize === 0 && lane !== undefined) passOver(lane, BigInt(lastOffset) + 1n);
  });

  /** A transaction's markers, and what was aborted: nothing to hand over, and behind what is open. */
  function passOver(lane: Lane, end: bigint): void {
    lane.next = end;
    const before = lane.open.at(-1);
    if (before !== undefined) before.end = end;
    else {
      lane.committed = end;
      commit([lane]).catch(() => undefined);
    }
  }

  async function leave(): Promise<void> {
    await context.revoke([...lanes.keys()].map(String), drainMs);
    isMember = false;
  }

  async function enter(partitions: readonly number[]): Promise<void> {
    await context.revoke([...lanes.keys()].map(String), 0);
    lanes.clear();
    acknowledged.clear();
    const known = await fetchCommitted(admin, groupId, topic);
    const ends = await admin.fetchTopicOffsets(topic);
    for (const partition of partitions) {
      const found = known.find((entry) => entry.partition === partition);
      const low = ends.find((entry) => entry.partition === partition)?.low ?? "0";
      const at = found === undefined || BigInt(found.offset) < 0n ? low : found.offset;
      lanes.set(partition, createLane(partition, BigInt(at), found?.metadata ?? null));
    }
    consumer.resume([{ topic }]);
    if (isPaused) consumer.pause([{ topic }]);
    isMember = true;
  }

  async function handOver({ batch, resolveOffset }: EachBatchPayload): Promise<void> {
    await assigned;
    const lane = lanes.get(batch.partition);
    const last = batch.messages.at(-1);
    if (lane === undefined || !isMember || last === undefined) return;
    const from = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    if (from > lane.next) await lookIntoGap(lane, from);
    const fresh = batch.messages.filter(({ offset }) => BigInt(offset) >= lane.next);
    lane.next = BigInt(batch.lastOffset()) + 1n;
    resolveOffset(last.offset);
    if (fresh.length === 0) return;
    lane.open.push({ last: BigInt(last.offset), end: lane.next });
    if (lane.open.length >= mostOpen) {
      lane.isPaused = true;
      consumer.pause([{ topic, partitions: [lane.partition] }]);
    }
    deliver(fresh.map((message) => toRecord(message, lane.partition, topic, lane.attempts)));
  }

  /** The client moved on by itself: because the records are deleted, which is told, or else wrongly. */
  async function lookIntoGap({ partition, next }: Lane, from: bigint): Promise<void> {
    const ends = await admin.fetchTopicOffsets(topic);
    const low = ends.find((entry) => entry.partition === partition)?.low ?? "0";
    if (BigInt(low) <= next)
      throw new Error(`${topic} partition ${partition} was to be read from ${next}, and was from ${from}.`);
    context.positionLost(Number(from - next), sayWhere(topic, partition, next, low));
  }

  async function commit(changed: readonly Lane[]): Promise<void> {
    if (!isMember) throw new Error("The group is being rebalanced.");
    const offsets = changed.map((lane) => ({
      topic,
      partition: lane.partition,
      offset: String(lane.committed),
      metadata: formatAttempts(lane),
    }));
    await consumer.commitOffsets(offsets);
    // A client that has crashed says nothing of a commit that it did not make.
    if (offsets.some(({ partition, offset }) => (acknowledged.get(partition) ?? -1n) < BigInt(offset)))
      throw new Error("The client stopped before the brokers had taken the commit.");
  }

  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: binding.maxInFlight,
      eachBatch: (payload) =>
        handOver(payload).catch((error: Error) => {
          context.reopen(error);
        }),
    });
  } catch (error) {
    watch.stop();
    await consumer.disconnect();
    throw error;
  }

  return {
    async commit(positions) {
      const moved = (positions as readonly KafkaPosition[]).flatMap(({ partition, offset }) => {
        const lane = lanes.get(partition);
        return lane === undefined ? [] : [{ lane, offset: offset + 1n }];
      });
      const resumed = moved.filter(({ lane, offset }) => moveTo(lane, offset)).map(({ lane }) => lane);
      await commit(moved.map(({ lane }) => lane));
      for (const lane of resumed) lane.isPaused = false;
      if (resumed.length > 0 && !isPaused)
        consumer.resume([{ topic, partitions: resumed.map(({ partition }) => partition) }]);
    },
    async saveAttempts(saved) {
      const changed = new Set<Lane>();
      for (const { position, attempts } of saved) {
        const { partition, offset } = position as KafkaPosition;
        const lane = lanes.get(partition);
        lane?.attempts.set(offset, attempts);
        if (lane !== undefined) changed.add(lane);
      }
      await commit([...changed]);
    },
    holds: watch.holds,
    pause() {
      isPaused = true;
      consumer.pause([{ topic }]);
    },
    resume() {
      isPaused = false;
      consumer.resume([{ topic }]);
      const still = [...lanes.values()].filter((lane) => lane.isPaused).map(({ partition }) => partition);
      if (still.length > 0) consumer.pause([{ topic, partitions: still }]);
    },
    lag: () => countLag(admin, groupId, topic),
    async close() {
      isMember = false;
      watch.stop();
      await consumer.disconnect();
    },
  };
}

/** Records that can be read and are not committed: what is deleted does not wait. */
async function countLag(admin: Admin, groupId: string, topic: string): Promise<number> {
  const [committed, ends] = await Promise.all([
    fetchCommitted(admin, groupId, topic),
    admin.fetchTopicOffsets(topic),
  ]);
  return ends.reduce((sum, { partition, high, low }) => {
    const at = BigInt(committed.find((entry) => entry.partition === partition)?.offset ?? low);
    const from = at < BigInt(low) || at > BigInt(high) ? BigInt(low) : at;
    return sum + Number(BigInt(high) - from);
  }, 0);
}
