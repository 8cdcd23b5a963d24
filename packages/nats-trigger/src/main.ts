import { runTriggerController } from "@kubeless/trigger-kit";
import { natsBroker } from "./nats-broker.ts";
import { natsKind } from "./nats-kind.ts";
import { natsSource } from "./nats-source.ts";

runTriggerController(
  { name: "nats-trigger", kind: natsKind, source: natsSource, broker: natsBroker },
  process,
);
