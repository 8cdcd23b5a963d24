import { type KafkaTriggerSpec, kafkaTriggerResource, legacyFinalizers } from "@kubeless/api-types";
import type { TriggerKind } from "@kubeless/trigger-kit";

/** KafkaTrigger, as its controller needs to know it. */
export const kafkaKind: TriggerKind<KafkaTriggerSpec> = {
  resource: { ...kafkaTriggerResource, namespaced: true },
  parse: kafkaTriggerResource.parse,
  source: "kafka",
  formerFinalizer: legacyFinalizers.KafkaTrigger,
};
