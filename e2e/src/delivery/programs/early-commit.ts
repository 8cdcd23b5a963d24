import { kafkaKind, kafkaSource } from "@kubeless/kafka-trigger";
import { runTriggerController, type Subscription } from "@kubeless/trigger-kit";

/** Wrong on purpose: a position is committed when its record is read, not when its call has ended. */
const source: typeof kafkaSource = {
  ...kafkaSource,
  async open(binding, deliver, context) {
    const opening = Promise.withResolvers<Subscription>();
    opening.promise.catch(() => {});
    try {
      const subscription = await kafkaSource.open(
        binding,
        (records) => {
          const last = records.at(-1);
          if (last !== undefined)
            opening.promise.then(({ commit }) => commit([last.position])).catch(() => {});
          deliver(records);
        },
        context,
      );
      opening.resolve(subscription);
      return { ...subscription, commit: async () => {} };
    } catch (error) {
      opening.reject(error);
      throw error;
    }
  },
};

runTriggerController({ name: "kafka-trigger", kind: kafkaKind, source }, process);
