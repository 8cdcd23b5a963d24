export { kafkaSource } from "./kafka-source.ts";
