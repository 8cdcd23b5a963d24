import { defineDeadLetters } from "../../broker/define-dead-letters.ts";
import { definePublish } from "../../broker/define-publish.ts";
import { natsAccess } from "../../broker/nats-access.ts";
import type { Flags } from "../../command.ts";
import { completeNatsTriggers } from "../../completion/candidates.ts";
import { changeDelivery, deliveryFlags } from "../../trigger/event-flags.ts";
import { formatSelector, parseSelector } from "../../trigger/selector.ts";
import { defineTriggerCommands, present } from "../../trigger/trigger-commands.ts";

const flags = {
  "trigger-topic": {
    type: "string",
    placeholder: "SUBJECT",
    description: "The subject that events come from; * and > are wildcards",
  },
  "function-selector": {
    type: "string",
    placeholder: "SELECTOR",
    description: "The functions that get them, by their labels: a=b,c in (d,e),!f",
  },
  servers: { type: "list", placeholder: "URL", description: "The servers, instead of the controller's own" },
  stream: { type: "string", placeholder: "NAME", description: "The JetStream stream that keeps the subject" },
  "deliver-policy": { type: "string", placeholder: "POLICY", description: "Where in the stream to begin" },
  ...deliveryFlags,
} as const satisfies Flags;

const commands = defineTriggerCommands({
  kind: "nats",
  flags,
  required: ["trigger-topic", "function-selector"],
  examples: {
    create: [
      {
        what: "Call hello for each message",
        line: "kubeless trigger nats create news --trigger-topic 'news.>' --function-selector function=hello",
      },
    ],
    update: [{ what: "Read from JetStream", line: "kubeless trigger nats update news --stream NEWS" }],
  },
  names: completeNatsTriggers,
  change: async (before, given) => {
    const jetStream = present({ stream: given.stream, deliverPolicy: given["deliver-policy"] });
    return {
      ...before,
      ...present({
        topic: given["trigger-topic"],
        functionSelector:
          given["function-selector"] === undefined ? undefined : parseSelector(given["function-selector"]),
        connection: given.servers && { ...(before.connection as object | undefined), servers: given.servers },
        jetStream:
          Object.keys(jetStream).length === 0
            ? undefined
            : { ...(before.jetStream as object | undefined), ...jetStream },
      }),
      ...changeDelivery(before, given, "subject"),
    };
  },
  columns: [
    { header: "TOPIC", cell: ({ spec }) => String(spec.topic ?? "") },
    { header: "FUNCTION SELECTOR", cell: ({ spec }) => formatSelector(spec.functionSelector as object) },
  ],
});

export const natsCommands = {
  ...commands,
  publish: definePublish(
    natsAccess,
    `kubeless trigger nats publish --topic orders.created --data '{"id": 7}'`,
  ),
  deadLetters: defineDeadLetters(natsAccess, completeNatsTriggers),
};
