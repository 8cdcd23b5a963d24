import { setTimeout } from "node:timers/promises";
import type { Admin } from "kafkajs";

export type CommittedOffsets = Awaited<ReturnType<Admin["fetchOffsets"]>>[number]["partitions"];

const askAgainMs = 250;
const longestMs = 10_000;

/** What a group has committed of a topic. A coordinator that is still loading its log is asked again, for ten seconds. */
export async function fetchCommitted(
  admin: Admin,
  groupId: string,
  topic: string,
): Promise<CommittedOffsets> {
  for (const deadline = performance.now() + longestMs; ; await setTimeout(askAgainMs)) {
    try {
      const [known] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return known?.partitions ?? [];
    } catch (error) {
      if (!isLoading(error) || performance.now() > deadline) throw error;
    }
  }
}

function isLoading(error: unknown): boolean {
  return (error as { type?: string }).type === "GROUP_LOAD_IN_PROGRESS";
}
