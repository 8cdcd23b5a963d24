import { runTriggerController } from "@kubeless/trigger-kit";
import { kafkaKind } from "./kafka-kind.ts";
import { kafkaSource } from "./kafka-source.ts";

runTriggerController({ name: "kafka-trigger", kind: kafkaKind, source: kafkaSource }, process);
