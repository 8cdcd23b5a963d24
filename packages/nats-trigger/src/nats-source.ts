import type { NATSTriggerSpec } from "@kubeless/api-types";
import type { Capabilities, EventSource } from "@kubeless/trigger-kit";
import { openCoreSubject, queueGroup } from "./core-subject.ts";
import { durableName } from "./jet-stream/durable.ts";
import { openJetStream, readsAlone } from "./jet-stream/open-jet-stream.ts";
import { type NatsConfig, natsConfig } from "./nats-config.ts";

const core: Capabilities = {
  guarantees: ["atMostOnce"],
  orderings: ["none"],
  backPressure: "drop",
  work: "shared",
};

const jetStream: Omit<Capabilities, "work"> = {
  guarantees: ["atMostOnce", "atLeastOnce"],
  orderings: ["none", "key", "partition"],
  backPressure: "pause",
};

/** Reads a subject: of core NATS, or of a stream where the trigger names one. */
export const natsSource: EventSource<NATSTriggerSpec, NatsConfig> = {
  config: natsConfig,
  capabilities: (spec) =>
    spec.jetStream === undefined ? core : { ...jetStream, work: readsAlone(spec) ? "single" : "shared" },
  group: (binding) => (binding.spec.jetStream === undefined ? queueGroup(binding) : durableName(binding)),
  open: (binding, deliver, context) =>
    binding.spec.jetStream === undefined
      ? openCoreSubject(binding, deliver, context)
      : openJetStream(binding, binding.spec.jetStream, deliver, context),
};
