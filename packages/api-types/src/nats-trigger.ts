import { z } from "zod";
import { deliverySchema, filterSchema, instantSchema, tlsSchema } from "./delivery.ts";
import { eventTriggerNameRules, hostMaybePort, lagColumn } from "./event-trigger.ts";
import { optionalText, plainText, requiredText } from "./fields.ts";
import { functionSelectorSchema } from "./label-selector.ts";
import { objectNameRule } from "./naming-rules.ts";
import { defineResource, type ObjectOf } from "./resource.ts";
import { type Rule, ratcheted, withRules } from "./rule.ts";
import { eventTriggerStatus, suspendField } from "./trigger-status.ts";

export const deliverPolicies = [
  "all",
  "last",
  "new",
  "byStartSequence",
  "byStartTime",
  "lastPerSubject",
] as const;

const subjectRule: Rule = {
  rule: "self.matches('^(([^ .>][^ .]*|>[^ .]+)[.])*[^ .]+$')",
  message:
    "write a subject: words with dots between them, > only at the end, no spaces, e.g. orders.*.created",
};

const literalSubjectRule: Rule = {
  rule: "self.matches('^[^ .*>]+([.][^ .*>]+)*$')",
  message: "write a subject without * and >: dead letters go to one place, e.g. dead.orders",
};

const nameRule = (what: string): Rule => ({
  rule: "self.matches('^[^ .*>/\\\\\\\\]+$')",
  message: `write the name of a ${what} without spaces, ., *, >, / and \\ in it`,
});

const connection = z
  .object({
    servers: z
      .array(
        withRules(plainText({ maxLength: 300 }).meta({ examples: ["nats://nats.example.com:4222"] }), {
          rule: `self.matches('^((nats|tls)://)?${hostMaybePort}$')`,
          message:
            "write host:port or nats://host:port, without user or password, e.g. nats://nats.example.com:4222",
        }),
      )
      .min(1)
      .max(64)
      .meta({ description: "The servers to ask first." }),
    secretName: requiredText("Secret with username and password, token, nkey.seed or nats.creds.", {
      maxLength: 253,
      rules: [objectNameRule("a Secret")],
    }).optional(),
    tls: tlsSchema.optional(),
  })
  .meta({ description: "The servers to read from. Default: those the controller is configured with." });

const withPolicy = (policy: string, field: string): Rule => ({
  rule: `has(self.${field}) == (has(self.deliverPolicy) && self.deliverPolicy == '${policy}')`,
  message: `write ${field} and deliverPolicy: ${policy} together`,
  fieldPath: `.${field}`,
});

const jetStream = withRules(
  z
    .object({
      stream: requiredText("The stream that keeps the subject.", {
        maxLength: 255,
        rules: [nameRule("stream")],
      }),
      durable: optionalText("Prefix of the durable consumers' names, instead of <namespace>_<trigger>.", {
        maxLength: 200,
        rules: [nameRule("durable consumer")],
      }),
      deliverPolicy: z.enum(deliverPolicies).default("new").meta({
        description:
          "Where a new durable begins: new (default), all, last, lastPerSubject, byStartSequence or byStartTime.",
      }),
      startTime: instantSchema("Time to begin at; with deliverPolicy: byStartTime."),
      startSequence: z
        .int()
        .min(1)
        .optional()
        .meta({ description: "Sequence to begin at; with deliverPolicy: byStartSequence.", format: "int64" }),
    })
    .meta({
      description: "Read from a stream, which keeps events while nobody takes them. Default: core NATS.",
    }),
  withPolicy("byStartTime", "startTime"),
  withPolicy("byStartSequence", "startSequence"),
);

export const natsTriggerSpec = withRules(
  z
    .object({
      topic: requiredText("The subject that events come from; * and > are wildcards.", {
        examples: ["orders.*.created", "orders.>"],
        rules: [subjectRule],
      }),
      functionSelector: functionSelectorSchema,
      connection: connection.optional(),
      jetStream: jetStream.optional(),
      delivery: deliverySchema(
        "none",
        "Default none; anything else, which JetStream only has, makes one replica read.",
        z
          .object({
            subject: requiredText("Subject for dead letters.", { rules: [literalSubjectRule] }),
          })
          .meta({ description: "Where events go that were tried for the last time." }),
      ),
      filter: filterSchema,
      suspend: suspendField("Nothing is read; what core NATS carries meanwhile is lost."),
    })
    .meta({ description: "Which events reach which functions." }),
  ...ratcheted({
    rule: "!has(self.delivery) || !has(self.delivery.deadLetter) || self.delivery.deadLetter.subject != self.topic",
    message: "write another subject for dead letters than the one that is read",
    fieldPath: ".delivery.deadLetter.subject",
  }),
);

export const natsTriggerResource = defineResource({
  kind: "NATSTrigger",
  plural: "natstriggers",
  shortNames: ["nt"],
  description: "Calls functions with the messages of a NATS subject.",
  spec: natsTriggerSpec,
  status: eventTriggerStatus,
  nameRules: eventTriggerNameRules,
  columns: [
    { name: "Subject", jsonPath: ".spec.topic" },
    { name: "Functions", jsonPath: ".status.bindings[*].function" },
    lagColumn,
  ],
});

export type NATSTriggerSpec = z.output<typeof natsTriggerSpec>;
export type NATSTriggerSpecInput = z.input<typeof natsTriggerSpec>;
export type NATSTrigger = ObjectOf<typeof natsTriggerResource>;
