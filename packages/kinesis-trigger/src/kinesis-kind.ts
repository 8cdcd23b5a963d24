import { type KinesisTriggerSpec, kinesisTriggerResource, legacyFinalizers } from "@kubeless/api-types";
import type { TriggerKind } from "@kubeless/trigger-kit";

/** KinesisTrigger, as its controller needs to know it. */
export const kinesisKind: TriggerKind<KinesisTriggerSpec> = {
  resource: { ...kinesisTriggerResource, namespaced: true },
  parse: kinesisTriggerResource.parse,
  source: "kinesis",
  formerFinalizer: legacyFinalizers.KinesisTrigger,
};
