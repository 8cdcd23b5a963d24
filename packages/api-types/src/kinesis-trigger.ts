import { z } from "zod";
import { deliverySchema, filterSchema, startPositionSchema } from "./delivery.ts";
import { eventTriggerNameRules, hostMaybePort, lagColumn } from "./event-trigger.ts";
import { oldText, requiredText } from "./fields.ts";
import { functionNameRules, objectNameRule } from "./naming-rules.ts";
import { defineResource, type ObjectOf } from "./resource.ts";
import { type Rule, ratcheted, withRules } from "./rule.ts";
import { eventTriggerStatus, suspendField } from "./trigger-status.ts";

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html */
const streamRule: Rule = {
  rule: "self.matches('^[a-zA-Z0-9_.-]{1,128}$')",
  message: "write a stream's name: 1 to 128 letters, digits, _, . and -, e.g. orders",
};

export const kinesisTriggerSpec = withRules(
  z
    .object({
      "function-name": requiredText("The Function that is called.", {
        maxLength: 253,
        examples: ["hello"],
        rules: functionNameRules(),
      }),
      "aws-region": requiredText("The stream's region.", {
        maxLength: 64,
        examples: ["eu-central-1"],
        rules: [
          {
            rule: "self.matches('^[a-z0-9]+(-[a-z0-9]+)*$')",
            message: "write an AWS region's name, e.g. eu-central-1",
          },
        ],
      }),
      stream: requiredText("The stream that events come from.", {
        examples: ["orders"],
        rules: [streamRule],
      }),
      shard: oldText("The one shard to read. Absent or empty: all of them.", {
        examples: ["shardId-000000000000"],
        rules: [
          {
            rule: "self.matches('^[a-zA-Z0-9_.-]{0,128}$')",
            message: "write a shard's id, e.g. shardId-000000000000, or remove shard to read all of them",
          },
        ],
      }),
      secret: oldText(
        "Secret with aws_access_key_id and aws_secret_access_key. Absent or empty: AWS' default credential chain.",
        { maxLength: 253, rules: [objectNameRule("a Secret")] },
      ),
      endpoint: oldText("Address of a server that speaks the Kinesis API, instead of AWS' own.", {
        examples: ["http://kinesis:4567"],
        rules: [
          {
            rule: `self == '' || self.matches('^https?://${hostMaybePort}(/[^ ]*)?$')`,
            message:
              "write an http:// or https:// address without user or password, e.g. http://kinesis:4567",
          },
        ],
      }),
      startPosition: startPositionSchema(
        ["latest", "trimHorizon"],
        "latest",
        "Where to begin in a shard never read before: latest (default), trimHorizon or an RFC 3339 time.",
      ),
      delivery: deliverySchema(
        "partition",
        "Default partition (the shard).",
        z
          .object({ stream: requiredText("Stream for dead letters.", { rules: [streamRule] }) })
          .meta({ description: "Where events go that were tried for the last time." }),
      ),
      filter: filterSchema,
      suspend: suspendField("Nothing is read; the positions stay."),
    })
    .meta({ description: "Which events reach which function." }),
  ...ratcheted({
    rule: "!has(self.delivery) || !has(self.delivery.deadLetter) || self.delivery.deadLetter.stream != self.stream",
    message: "write another stream for dead letters than the one that is read",
    fieldPath: ".delivery.deadLetter.stream",
  }),
);

export const kinesisTriggerResource = defineResource({
  kind: "KinesisTrigger",
  plural: "kinesistriggers",
  shortNames: ["kint"],
  description: "Calls a function with the records of a Kinesis stream.",
  spec: kinesisTriggerSpec,
  status: eventTriggerStatus,
  nameRules: eventTriggerNameRules,
  columns: [
    { name: "Stream", jsonPath: ".spec.stream" },
    { name: "Shard", jsonPath: ".spec.shard" },
    { name: "Function", jsonPath: ".spec.function-name" },
    lagColumn,
  ],
});

export type KinesisTriggerSpec = z.output<typeof kinesisTriggerSpec>;
export type KinesisTriggerSpecInput = z.input<typeof kinesisTriggerSpec>;
export type KinesisTrigger = ObjectOf<typeof kinesisTriggerResource>;
