import { legacyFinalizers, type NATSTriggerSpec, natsTriggerResource } from "@kubeless/api-types";
import type { TriggerKind } from "@kubeless/trigger-kit";

/** NATSTrigger, as its controller needs to know it. */
export const natsKind: TriggerKind<NATSTriggerSpec> = {
  resource: { ...natsTriggerResource, namespaced: true },
  parse: natsTriggerResource.parse,
  source: "nats",
  formerFinalizer: legacyFinalizers.NATSTrigger,
};
