import type { KafkaTriggerSpec } from "@kubeless/api-types";
import type { Guarantee, SourceContext } from "@kubeless/trigger-kit";
import type { Admin, SeekEntry } from "kafkajs";
import { type CommittedOffsets, fetchCommitted } from "./committed-offsets.ts";
import { type Lane, parseMetadata } from "./lane.ts";
import type { Membership } from "./read-topic-in-group.ts";
import { fetchTopicId, isAnother } from "./topic-id.ts";

export interface Start {
  readonly admin: Admin;
  readonly groupId: string;
  readonly spec: KafkaTriggerSpec;
  readonly context: Pick<SourceContext<unknown>, "positionLost">;
  readonly membership: Omit<Membership, "memberId">;
}

/** The end of a topic, or any other offset, as text that is none: nothing is committed. */
const NONE = "-1";

/**
 * A group that has no offset at all gets one for each partition, so that nothing sent from now on is missed. One that has
 * keeps them, and a topic or a partition that came later is read from its beginning, whatever the start position says. What the
 * brokers have deleted since the group read last is told before the offset moves over it. Where others read already, all
 * of this is theirs, each for the partitions that it gets.
 */
export async function fixStart({ admin, groupId, spec, context, membership }: Start): Promise<void> {
  const { topic } = spec;
  const topicId = await fetchTopicId(admin, topic);
  const known = await fetchCommitted(admin, groupId, topic);
  const ends = await admin.fetchTopicOffsets(topic);
  const { groups } = await admin.describeGroups([groupId]);
  if (groups.some(({ state }) => state !== "Empty" && state !== "Dead")) return;
  const isNew = known.every(({ offset }) => offset === NONE) && !isAnother(membership.topicId, topicId);
  const former = membership.topicId;
  const partitions = isNew
    ? await startsOf(admin, spec, ends, membership.wasMissing ?? false)
    : ends.flatMap((end) => {
        const begin = whereToBegin({ ...end, topic, known, former, topicId, ...spec.delivery });
        if (begin.lost !== undefined) context.positionLost(begin.lost.count, begin.lost.message);
        return begin.lost === undefined ? [] : [{ partition: end.partition, offset: String(begin.at) }];
      });
  if (partitions.length > 0) await admin.setOffsets({ groupId, topic, partitions });
  membership.topicId = topicId ?? former;
}

type Ends = Awaited<ReturnType<Admin["fetchTopicOffsets"]>>;

async function startsOf(
  admin: Admin,
  { topic, startPosition }: KafkaTriggerSpec,
  ends: Ends,
  isLater: boolean,
): Promise<SeekEntry[]> {
  if (startPosition === "earliest" || startPosition === "latest")
    return ends.map(({ partition, low, high }) => ({
      partition,
      offset: startPosition === "earliest" || isLater ? low : high,
    }));
  return admin.fetchTopicOffsetsByTimestamp(topic, Date.parse(startPosition));
}

export interface Standing {
  readonly topic: string;
  readonly partition: number;
  /** Where it begins and ends now. */
  readonly low: string;
  readonly high: string;
  /** What the group has committed. */
  readonly known: CommittedOffsets;
  /** The topic's id when it was read last, where what is committed does not tell; and its id now. */
  readonly former: string | undefined;
  readonly topicId: string | undefined;
  readonly guarantee: Guarantee;
}

export interface Begin {
  readonly at: bigint;
  /** Of the records behind it, as they were committed with it. */
  readonly attempts: Lane["attempts"];
  /** What the group had not read, and nobody can any more. */
  readonly lost?: { readonly count: number | undefined; readonly message: string };
}

/**
 * Where a partition is read on. Of a topic that was made anew from its beginning; but at most once not before what is
 * committed, if that is there: it may have been called already.
 */
export function whereToBegin(standing: Standing): Begin {
  const { topic, partition, known, former, topicId, guarantee } = standing;
  const [low, high] = [BigInt(standing.low), BigInt(standing.high)];
  const { offset = NONE, metadata = null } = known.find((entry) => entry.partition === partition) ?? {};
  const at = offset === NONE ? undefined : BigInt(offset);
  const isThere = at !== undefined && at >= low && at <= high;
  const committed = parseMetadata(metadata);
  const none: Lane["attempts"] = new Map();
  if (isAnother(committed.topicId ?? former, topicId)) {
    const from = isThere && guarantee === "atMostOnce" ? at : low;
    return { at: from, attempts: none, lost: { count: undefined, message: sayAnew(topic, partition, from) } };
  }
  if (at === undefined || isThere) return { at: at ?? low, attempts: committed.attempts };
  if (at < low)
    return {
      at: low,
      attempts: none,
      lost: { count: Number(low - at), message: sayDeleted(topic, partition, at, low) },
    };
  return { at: low, attempts: none, lost: { count: undefined, message: sayAnew(topic, partition, low) } };
}

/** The sentence that becomes a condition. */
export function sayDeleted(topic: string, partition: number, at: bigint, low: bigint): string {
  return `${topic} partition ${partition} begins at ${low}, the group stood at ${at}: what was between is deleted.`;
}

function sayAnew(topic: string, partition: number, from: bigint): string {
  return `${topic} was deleted and made anew: what was not read of its partition ${partition} is gone, and the new one is read from ${from}.`;
}
