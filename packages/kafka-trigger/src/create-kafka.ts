import { Kafka, type KafkaConfig } from "kafkajs";
import { registerCodecs } from "./register-codecs.ts";

/** A client of these brokers that understands every compression Kafka knows. */
export function createKafka(options: KafkaConfig): Kafka {
  registerCodecs();
  return new Kafka(options);
}
