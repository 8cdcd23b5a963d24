export { kinesisAdmin } from "./kinesis-admin.ts";
export { kinesisBroker } from "./kinesis-broker.ts";
export { type KinesisConfig, kinesisConfig } from "./kinesis-config.ts";
export { kinesisKind } from "./kinesis-kind.ts";
export { kinesisSource } from "./kinesis-source.ts";
