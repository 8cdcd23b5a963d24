import type { KafkaTriggerSpec } from "@kubeless/api-types";
import type { Binding, Deliver, SourceContext, Subscription } from "@kubeless/trigger-kit";
import type { Admin, EachBatchPayload, Kafka } from "kafkajs";
import { fetchCommitted } from "./committed-offsets.ts";
import type { KafkaConfig } from "./kafka-config.ts";
import { isTooMuchSaid } from "./kafka-errors.ts";
import { createLane, formatMetadata, type Lane, mostOpen, moveTo } from "./lane.ts";
import { sayDeleted, whereToBegin } from "./start-offsets.ts";
import { type KafkaPosition, toRecord } from "./to-record.ts";
import { fetchTopicId, isAnother } from "./topic-id.ts";
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
  /** Of the topic, as it was read. */
  topicId?: string | undefined;
  /** The topic was waited for: what it holds was sent since. */
  wasMissing?: boolean;
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
    if (batchSize > 0) return;
    void assigned.catch(() => undefined).then(() => passOver(partition, BigInt(lastOffset) + 1n));
  });

  /** A transaction's markers, and what was aborted: nothing to hand over, and behind what is open. */
  function passOver(partition: number, end: bigint): void {
    const lane = lanes.get(partition);
    if (lane === undefined) return;
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
    const topicId = await fetchTopicId(admin, topic);
    const known = await fetchCommitted(admin, groupId, topic);
    const ends = await admin.fetchTopicOffsets(topic);
    const former = membership.topicId;
    for (const { partition, low, high } of ends.filter((end) => partitions.includes(end.partition))) {
      const { guarantee } = binding;
      const begin = whereToBegin({ topic, partition, low, high, known, former, topicId, guarantee });
      lanes.set(partition, createLane(partition, begin.at, begin.attempts));
      if (begin.lost === undefined) continue;
      context.positionLost(begin.lost.count, begin.lost.message);
      consumer.seek({ topic, partition, offset: String(begin.at) });
    }
    membership.topicId = topicId ?? former;
    consumer.resume([{ topic }]);
    if (isPaused) consumer.pause([{ topic }]);
    isMember = true;
  }

  async function handOver({ batch, resolveOffset, isStale }: EachBatchPayload): Promise<void> {
    await assigned;
    const lane = lanes.get(batch.partition);
    const last = batch.messages.at(-1);
    if (lane === undefined || !isMember || last === undefined || isStale()) return;
    const from = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    if (from !== lane.next) await lookIntoJump(lane, from);
    lane.next = BigInt(batch.lastOffset()) + 1n;
    resolveOffset(last.offset);
    lane.open.push({ last: BigInt(last.offset), end: lane.next });
    if (lane.open.length >= mostOpen) {
      lane.isPaused = true;
      consumer.pause([{ topic, partitions: [lane.partition] }]);
    }
    deliver(batch.messages.map((message) => toRecord(message, lane.partition, topic, lane.attempts)));
  }

  /** The client moved by itself: on, because records are deleted, which is told; or else wrongly. */
  async function lookIntoJump({ partition, next }: Lane, from: bigint): Promise<void> {
    const ends = await admin.fetchTopicOffsets(topic);
    const low = BigInt(ends.find((entry) => entry.partition === partition)?.low ?? "0");
    if (low <= next)
      throw new Error(`${topic} partition ${partition} was to be read from ${next}, and was from ${from}.`);
    context.positionLost(Number(from - next), sayDeleted(topic, partition, next, low));
  }

  /** Brokers give the records of a topic that was made anew as if they followed those of the former one. */
  async function reopenIfAnew(): Promise<void> {
    if (isAnother(membership.topicId, await fetchTopicId(admin, topic)))
      context.reopen(new Error(`The topic ${topic} was deleted and made anew.`));
  }

  async function commit(changed: readonly Lane[]): Promise<void> {
    if (!isMember) throw new Error("The group is being rebalanced.");
    const offsets = changed.map((lane) => ({
      topic,
      partition: lane.partition,
      offset: String(lane.committed),
      metadata: formatMetadata(lane, membership.topicId),
    }));
    await consumer.commitOffsets(offsets).catch(async (error: Error) => {
      if (!isTooMuchSaid(error)) throw error;
      await consumer.commitOffsets(offsets.map((each) => ({ ...each, metadata: "" })));
    });
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
    async lag() {
      await reopenIfAnew();
      return countLag(admin, groupId, topic);
    },
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
