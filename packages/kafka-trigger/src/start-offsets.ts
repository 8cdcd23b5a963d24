import type { KafkaTriggerSpec } from "@kubeless/api-types";
import type { SourceContext } from "@kubeless/trigger-kit";
import type { Admin, SeekEntry } from "kafkajs";
import { fetchCommitted } from "./committed-offsets.ts";

export interface Start {
  readonly admin: Admin;
  readonly groupId: string;
  readonly spec: KafkaTriggerSpec;
  readonly context: Pick<SourceContext<unknown>, "positionLost">;
}

/** The end of a topic, or any other offset, as text that is none: nothing is committed. */
const NONE = "-1";

/**
 * A group that has no offset at all gets one for each partition, so that nothing sent from now on is missed. One that has
 * keeps them, and a partition that came later is read from its beginning, whatever the start position says. What the
 * brokers have deleted since the group read last is told before the offset moves over it; where others read already, they move it.
 */
export async function fixStart(start: Start): Promise<void> {
  const { admin, groupId, spec } = start;
  const known = await fetchCommitted(admin, groupId, spec.topic);
  const ends = await admin.fetchTopicOffsets(spec.topic);
  const committed = known.filter(({ offset }) => offset !== NONE);
  if (committed.length > 0) await skipDeleted(start, committed, ends);
  else await admin.setOffsets({ groupId, topic: spec.topic, partitions: await startsOf(admin, spec, ends) });
}

type Ends = Awaited<ReturnType<Admin["fetchTopicOffsets"]>>;

async function startsOf(
  admin: Admin,
  { topic, startPosition }: KafkaTriggerSpec,
  ends: Ends,
): Promise<SeekEntry[]> {
  if (startPosition === "earliest" || startPosition === "latest")
    return ends.map(({ partition, low, high }) => ({
      partition,
      offset: startPosition === "earliest" ? low : high,
    }));
  return admin.fetchTopicOffsetsByTimestamp(topic, Date.parse(startPosition));
}

async function skipDeleted(
  { admin, groupId, spec: { topic }, context }: Start,
  committed: readonly SeekEntry[],
  ends: Ends,
): Promise<void> {
  const outOfRange = ends.flatMap(({ partition, low, high }) => {
    const at = BigInt(committed.find((entry) => entry.partition === partition)?.offset ?? low);
    if (at < 0n || (at >= BigInt(low) && at <= BigInt(high))) return [];
    const deleted = at < BigInt(low) ? Number(BigInt(low) - at) : undefined;
    context.positionLost(deleted, sayWhere(topic, partition, at, low));
    return [{ partition, offset: low }];
  });
  if (outOfRange.length === 0) return;
  const { groups } = await admin.describeGroups([groupId]);
  if (groups.some(({ state }) => state !== "Empty" && state !== "Dead")) return;
  await admin.setOffsets({ groupId, topic, partitions: outOfRange });
}

/** The sentence that becomes a condition. */
export function sayWhere(topic: string, partition: number, at: bigint, low: string): string {
  return at < BigInt(low)
    ? `${topic} partition ${partition} begins at ${low}, the group stood at ${at}: what was between is deleted.`
    : `${topic} partition ${partition} ends before ${at}, where the group stood: the topic was made anew, and is read from ${low}.`;
}
