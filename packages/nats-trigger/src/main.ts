import { runTriggerController } from "@kubeless/trigger-kit";
import { natsKind } from "./nats-kind.ts";
import { natsSource } from "./nats-source.ts";

runTriggerController({ name: "nats-trigger", kind: natsKind, source: natsSource }, process);
