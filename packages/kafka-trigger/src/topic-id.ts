import type { Admin } from "kafkajs";

/** What brokers give a topic that has none. */
const NONE = "AAAAAAAAAAAAAAAAAAAAAA";

/**
 * Tells a topic from another one of the same name, which had its place before. Undefined where the brokers know no such
 * thing (before Kafka 2.8).
 */
export async function fetchTopicId(admin: Admin, topic: string): Promise<string | undefined> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const id = topics.find(({ name }) => name === topic)?.topicId;
  return id === NONE ? undefined : id;
}

/** Whether it is certainly another topic. Of brokers that are being upgraded some know its id, and some do not. */
export function isAnother(former: string | undefined, topicId: string | undefined): boolean {
  return former !== undefined && topicId !== undefined && former !== topicId;
}
