import { runTriggerController } from "@kubeless/trigger-kit";
import { kinesisBroker } from "./kinesis-broker.ts";
import { kinesisKind } from "./kinesis-kind.ts";
import { kinesisSource } from "./kinesis-source.ts";

runTriggerController(
  { name: "kinesis-trigger", kind: kinesisKind, source: kinesisSource, broker: kinesisBroker },
  process,
);
