import { askBroker } from "../broker/ask-broker.ts";
import { brokerFlags, toQuestion } from "../broker/broker-flags.ts";
import { definePublish } from "../broker/define-publish.ts";
import { kafkaAccess } from "../broker/kafka-access.ts";
import { defineCommand, type Flags } from "../command.ts";
import { dataFlags, printData } from "../output/format.ts";
import { renderTable } from "../output/table.ts";
import type { World } from "../world.ts";

const access = {
  ...kafkaAccess,
  flags: {
    ...kafkaAccess.flags,
    "kafka-namespace": {
      type: "string",
      placeholder: "NAME",
      description: "As --controller-namespace; how Kubeless called it",
    },
  } as const satisfies Flags,
};
const flags = brokerFlags(access);
const topic = { description: "The topic", required: true } as const;

/** `--kafka-namespace` was where the broker's pod is; what is asked today is the controller's. */
function ask(typed: { readonly "kafka-namespace": string | undefined }, world: World) {
  const namespace = typed["kafka-namespace"];
  const meant = namespace === undefined ? typed : { ...typed, "controller-namespace": namespace };
  return toQuestion(access, meant, undefined, world);
}

const create = defineCommand({
  arguments: { topic },
  flags: {
    ...flags,
    partitions: { type: "integer", min: 1, default: 1, description: "How many partitions it gets" },
  },
  examples: [{ what: "With three partitions", line: "kubeless topic create orders --partitions 3" }],
  run: async ({ arguments: { topic: target }, flags: given }, world) => {
    const operation = { do: "createTopic", target, partitions: given.partitions } as const;
    for await (const { name } of askBroker(await ask(given, world), operation, world))
      await world.stderr.write(`Topic ${name} created\n`);
  },
});

const deleteTopic = defineCommand({
  description: "Deletes the topic with everything in it.",
  arguments: { topic },
  flags,
  examples: [],
  run: async ({ arguments: { topic: target }, flags: given }, world) => {
    for await (const { name } of askBroker(await ask(given, world), { do: "deleteTopic", target }, world))
      await world.stderr.write(`Topic ${name} deleted\n`);
  },
});

const list = defineCommand({
  arguments: {},
  flags: { ...flags, ...dataFlags },
  examples: [],
  run: async ({ flags: given }, world) => {
    const topics = await Array.fromAsync(askBroker(await ask(given, world), { do: "listTopics" }, world));
    if (await printData(world.stdout, given.output, topics)) return;
    const rows = topics.map(({ name, partitions }) => [name, String(partitions)]);
    await world.stdout.write(renderTable(["TOPIC", "PARTITIONS"], rows, world.stdout));
  },
});

/** Kafka topics, over the Kafka protocol. */
export const topicCommands = {
  create,
  delete: deleteTopic,
  list,
  publish: definePublish(access, `kubeless topic publish --topic orders --data '{"id": 1}'`),
};
