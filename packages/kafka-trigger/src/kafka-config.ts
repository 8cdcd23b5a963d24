import { z } from "zod";

const flag = z.stringbool().default(false);

/** The brokers of triggers that name none, by the environment names of Kubeless' Kafka controller. */
export const kafkaConfig = z
  .object({
    KAFKA_BROKERS: z.string().min(1).default("kafka.kubeless:9092"),
    KAFKA_ENABLE_TLS: flag,
    KAFKA_CACERTS: z.string().optional(),
    KAFKA_CERT: z.string().optional(),
    KAFKA_KEY: z.string().optional(),
    KAFKA_INSECURE: flag,
    KAFKA_ENABLE_SASL: flag,
    KAFKA_USERNAME: z.string().optional(),
    KAFKA_PASSWORD: z.string().optional(),
  })
  .refine(({ KAFKA_CERT, KAFKA_KEY }) => (KAFKA_CERT === undefined) === (KAFKA_KEY === undefined), {
    message: "KAFKA_CERT and KAFKA_KEY come together",
    path: ["KAFKA_CERT"],
  })
  .refine(
    (config) =>
      !config.KAFKA_ENABLE_SASL ||
      (config.KAFKA_USERNAME !== undefined && config.KAFKA_PASSWORD !== undefined),
    {
      message: "KAFKA_ENABLE_SASL needs KAFKA_USERNAME and KAFKA_PASSWORD",
      path: ["KAFKA_USERNAME"],
    },
  );

export type KafkaConfig = z.output<typeof kafkaConfig>;
