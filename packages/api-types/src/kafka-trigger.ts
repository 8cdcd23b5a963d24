import { z } from "zod";
import { deliverySchema, filterSchema, startPositionSchema, tlsSchema } from "./delivery.ts";
import { eventTriggerNameRules, hostAndPort, lagColumn } from "./event-trigger.ts";
import { plainText, requiredText } from "./fields.ts";
import { functionSelectorSchema } from "./label-selector.ts";
import { objectNameRule } from "./naming-rules.ts";
import { defineResource, type ObjectOf } from "./resource.ts";
import { type Rule, ratcheted, withRules } from "./rule.ts";
import { eventTriggerStatus, suspendField } from "./trigger-status.ts";

/** Kafka's own names of the SASL mechanisms we speak. */
export const saslMechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

const topicRule: Rule = {
  rule: "self.matches('^[a-zA-Z0-9._-]{1,249}$') && self != '.' && self != '..'",
  message: "write a topic's name: 1 to 249 letters, digits, ., _ and -, e.g. orders",
};

const broker = plainText({ maxLength: 300 }).meta({ examples: ["kafka.example.com:9093"] });

const connection = z
  .object({
    brokers: z
      .array(
        withRules(broker, {
          rule: `self.matches('^${hostAndPort}$')`,
          message: "write host:port without a scheme, e.g. kafka.example.com:9092",
        }),
      )
      .min(1)
      .max(64)
      .meta({ description: "The brokers to ask first, as host:port." }),
    tls: tlsSchema.optional(),
    sasl: z
      .object({
        mechanism: z
          .enum(saslMechanisms)
          .meta({ description: "How to log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512." }),
        secretName: requiredText("Secret with username and password.", {
          maxLength: 253,
          rules: [objectNameRule("a Secret"), { rule: "self != ''", message: "write the name of a Secret" }],
        }),
      })
      .optional()
      .meta({ description: "Log in to the brokers." }),
  })
  .meta({ description: "The cluster to read from. Default: the one the controller is configured with." });

export const kafkaTriggerSpec = withRules(
  z
    .object({
      topic: requiredText("The topic that events come from.", {
        examples: ["orders"],
        rules: [topicRule],
      }),
      functionSelector: functionSelectorSchema,
      connection: connection.optional(),
      startPosition: startPositionSchema(
        ["earliest", "latest"],
        "latest",
        "Where to begin when the consumer group has no offset yet: earliest, latest (default) or an RFC 3339 time.",
      ),
      delivery: deliverySchema(
        "partition",
        "Default partition.",
        z
          .object({ topic: requiredText("Topic for dead letters.", { rules: [topicRule] }) })
          .meta({ description: "Where events go that were tried for the last time." }),
      ),
      filter: filterSchema,
      suspend: suspendField("Nothing is read; the offsets stay."),
    })
    .meta({ description: "Which events reach which functions." }),
  ...ratcheted({
    rule: "!has(self.delivery) || !has(self.delivery.deadLetter) || self.delivery.deadLetter.topic != self.topic",
    message: "write another topic for dead letters than the one that is read",
    fieldPath: ".delivery.deadLetter.topic",
  }),
);

export const kafkaTriggerResource = defineResource({
  kind: "KafkaTrigger",
  plural: "kafkatriggers",
  shortNames: ["kt"],
  description: "Calls functions with the records of a Kafka topic.",
  spec: kafkaTriggerSpec,
  status: eventTriggerStatus,
  nameRules: eventTriggerNameRules,
  columns: [
    { name: "Topic", jsonPath: ".spec.topic" },
    { name: "Functions", jsonPath: ".status.bindings[*].function" },
    lagColumn,
  ],
});

export type KafkaTriggerSpec = z.output<typeof kafkaTriggerSpec>;
export type KafkaTriggerSpecInput = z.input<typeof kafkaTriggerSpec>;
export type KafkaTrigger = ObjectOf<typeof kafkaTriggerResource>;
