import { defineDeadLetters } from "../../broker/define-dead-letters.ts";
import { kinesisAccess } from "../../broker/kinesis-access.ts";
import type { Flags } from "../../command.ts";
import { completeFunctions, completeKinesisTriggers, completeSecrets } from "../../completion/candidates.ts";
import { changeDelivery, deliveryFlags } from "../../trigger/event-flags.ts";
import { warnWithoutFunction } from "../../trigger/function-exists.ts";
import { defineTriggerCommands, present } from "../../trigger/trigger-commands.ts";
import { reset } from "./kinesis-reset.ts";
import { createStream, publish } from "./kinesis-stream.ts";

const flags = {
  stream: { type: "string", placeholder: "NAME", description: "The stream that events come from" },
  "aws-region": { type: "string", placeholder: "REGION", description: "The stream's region" },
  "shard-id": { type: "string", placeholder: "ID", description: "The one shard to read, instead of all" },
  "function-name": {
    type: "string",
    placeholder: "NAME",
    description: "The function that is called",
    complete: completeFunctions,
  },
  secret: {
    type: "string",
    placeholder: "NAME",
    description: "The Secret with the keys, instead of the controller's own credentials",
    complete: completeSecrets,
  },
  endpoint: { type: "string", placeholder: "URL", description: "The server to ask, instead of AWS' own" },
  "start-position": {
    type: "string",
    placeholder: "latest|trimHorizon|TIME",
    description: "Where to begin in a shard that was never read",
  },
  ...deliveryFlags,
} as const satisfies Flags;

const commands = defineTriggerCommands({
  kind: "kinesis",
  flags,
  required: ["stream", "aws-region", "function-name"],
  examples: {
    create: [
      {
        what: "Call hello for each record",
        line: "kubeless trigger kinesis create clicks --stream clicks --aws-region eu-central-1 --function-name hello",
      },
    ],
    update: [
      {
        what: "Begin with the oldest",
        line: "kubeless trigger kinesis update clicks --start-position trimHorizon",
      },
    ],
  },
  names: completeKinesisTriggers,
  change: async (before, given, place) => {
    if (given["function-name"] !== undefined) await warnWithoutFunction(given["function-name"], place);
    return {
      ...before,
      ...present({
        stream: given.stream,
        "aws-region": given["aws-region"],
        shard: given["shard-id"],
        "function-name": given["function-name"],
        secret: given.secret,
        endpoint: given.endpoint,
        startPosition: given["start-position"],
      }),
      ...changeDelivery(before, given, "stream"),
    };
  },
  columns: [
    { header: "REGION", cell: ({ spec }) => String(spec["aws-region"] ?? "") },
    { header: "STREAM", cell: ({ spec }) => String(spec.stream ?? "") },
    { header: "SHARD", cell: ({ spec }) => String(spec.shard || "all") },
    { header: "FUNCTION NAME", cell: ({ spec }) => String(spec["function-name"] ?? "") },
  ],
});

export const kinesisCommands = {
  ...commands,
  publish,
  createStream,
  reset,
  deadLetters: defineDeadLetters(kinesisAccess, completeKinesisTriggers),
};
