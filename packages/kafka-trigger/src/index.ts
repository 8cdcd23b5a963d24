export { kafkaBroker } from "./kafka-broker.ts";
export { type KafkaConfig, kafkaConfig } from "./kafka-config.ts";
export { kafkaKind } from "./kafka-kind.ts";
export { kafkaSource } from "./kafka-source.ts";
