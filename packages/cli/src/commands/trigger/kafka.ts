import { defineDeadLetters } from "../../broker/define-dead-letters.ts";
import { definePublish } from "../../broker/define-publish.ts";
import { kafkaAccess } from "../../broker/kafka-access.ts";
import type { Flags } from "../../command.ts";
import { completeKafkaTriggers } from "../../completion/candidates.ts";
import { changeDelivery, deliveryFlags } from "../../trigger/event-flags.ts";
import { formatSelector, parseSelector } from "../../trigger/selector.ts";
import { defineTriggerCommands, present } from "../../trigger/trigger-commands.ts";

const flags = {
  "trigger-topic": { type: "string", placeholder: "TOPIC", description: "The topic that events come from" },
  "function-selector": {
    type: "string",
    placeholder: "SELECTOR",
    description: "The functions that get them, by their labels: a=b,c in (d,e),!f",
  },
  brokers: {
    type: "list",
    placeholder: "HOST:PORT",
    description: "The brokers, instead of the controller's own",
  },
  "start-position": {
    type: "string",
    placeholder: "earliest|latest|TIME",
    description: "Where to begin when there is no offset yet",
  },
  ...deliveryFlags,
} as const satisfies Flags;

const commands = defineTriggerCommands({
  kind: "kafka",
  flags,
  required: ["trigger-topic", "function-selector"],
  examples: {
    create: [
      {
        what: "Call hello for each order",
        line: "kubeless trigger kafka create orders --trigger-topic orders --function-selector function=hello",
      },
    ],
    update: [
      {
        what: "Lose nothing",
        line: "kubeless trigger kafka update orders --guarantee atLeastOnce --dead-letter orders-failed",
      },
    ],
  },
  names: completeKafkaTriggers,
  change: async (before, given) => ({
    ...before,
    ...present({
      topic: given["trigger-topic"],
      functionSelector:
        given["function-selector"] === undefined ? undefined : parseSelector(given["function-selector"]),
      connection: given.brokers && { ...(before.connection as object | undefined), brokers: given.brokers },
      startPosition: given["start-position"],
    }),
    ...changeDelivery(before, given, "topic"),
  }),
  columns: [
    { header: "TOPIC", cell: ({ spec }) => String(spec.topic ?? "") },
    { header: "FUNCTION SELECTOR", cell: ({ spec }) => formatSelector(spec.functionSelector as object) },
  ],
});

export const kafkaCommands = {
  ...commands,
  publish: definePublish(
    kafkaAccess,
    `kubeless trigger kafka publish --topic orders --key 7 --data '{"id": 7}'`,
  ),
  deadLetters: defineDeadLetters(kafkaAccess, completeKafkaTriggers),
};
