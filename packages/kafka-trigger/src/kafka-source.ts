import type { KafkaTriggerSpec } from "@kubeless/api-types";
import type { Binding, Capabilities, EventSource } from "@kubeless/trigger-kit";
import { createKafka } from "./create-kafka.ts";
import { toClientOptions } from "./kafka-client.ts";
import { type KafkaConfig, kafkaConfig } from "./kafka-config.ts";
import { isTopicMissing, toSourceError } from "./kafka-errors.ts";
import { type Membership, readTopicInGroup } from "./read-topic-in-group.ts";
import { fixStart } from "./start-offsets.ts";
import type { KafkaPosition } from "./to-record.ts";

const capabilities: Capabilities = {
  guarantees: ["atMostOnce", "atLeastOnce"],
  orderings: ["none", "key", "partition"],
  backPressure: "pause",
  work: "shared",
};

/** What each binding was in its group when it was open last. */
const memberships = new WeakMap<Binding<KafkaTriggerSpec>, Membership>();

/** Reads a Kafka topic in the consumer group `<namespace>_<trigger>_<function>_<topic>`, which is Kubeless' own. */
export const kafkaSource: EventSource<KafkaTriggerSpec, KafkaConfig> = {
  config: kafkaConfig,
  capabilities: () => capabilities,
  group: groupOf,
  async open(binding, deliver, context) {
    const membership = memberships.get(binding) ?? {};
    memberships.set(binding, membership);
    const kafka = createKafka(await toClientOptions(binding.spec, context));
    const admin = kafka.admin();
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    const groupId = groupOf(binding);
    const close = async () => {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    };
    try {
      await Promise.all([admin.connect(), producer.connect()]);
      await fixStart({ admin, groupId, spec: binding.spec, context, membership });
      const reading = await readTopicInGroup({
        kafka,
        admin,
        groupId,
        binding,
        deliver,
        context,
        membership,
      });
      return {
        ...reading,
        async writeDeadLetter({ key, body, position }, _cause, causes) {
          const { isTombstone, headers: original } = position as KafkaPosition;
          const value = isTombstone ? null : Buffer.from(body);
          const headers = { ...original, ...causes };
          const message = { key: key === undefined ? null : Buffer.from(key), value, headers };
          const topic = binding.spec.delivery.deadLetter?.topic ?? "";
          await producer.send({ topic, acks: -1, messages: [message] });
        },
        async close() {
          await reading.close();
          await close();
        },
      };
    } catch (error) {
      await close();
      membership.wasMissing ||= isTopicMissing(error as Error);
      throw toSourceError(error as Error, binding.spec.topic);
    }
  },
};

function groupOf({ namespace, trigger, function: name, spec }: Binding<KafkaTriggerSpec>): string {
  return `${namespace}_${trigger}_${name}_${spec.topic}`;
}
