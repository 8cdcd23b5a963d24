import { runTriggerController } from "@kubeless/trigger-kit";
import { kafkaBroker } from "./kafka-broker.ts";
import { kafkaKind } from "./kafka-kind.ts";
import { kafkaSource } from "./kafka-source.ts";

runTriggerController(
  { name: "kafka-trigger", kind: kafkaKind, source: kafkaSource, broker: kafkaBroker },
  process,
);
