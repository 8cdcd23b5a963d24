import { askBroker } from "../../broker/ask-broker.ts";
import { brokerFlags, toQuestion } from "../../broker/broker-flags.ts";
import { printIds } from "../../broker/define-publish.ts";
import { kinesisAccess } from "../../broker/kinesis-access.ts";
import { announce } from "../../cluster.ts";
import { type Command, defineCommand } from "../../command.ts";
import { completeKinesisTriggers } from "../../completion/candidates.ts";
import { UsageError } from "../../parse.ts";
import { parseHeaders, readData } from "../../source/read-data.ts";

/** `publish`: records to a stream, in the order given. */
export const publish = defineCommand({
  description:
    "Prints the position of each record. With --endpoint it is sent from here, otherwise the controller's pod sends it.",
  arguments: {},
  flags: {
    ...brokerFlags(kinesisAccess),
    stream: { type: "string", required: true, placeholder: "NAME", description: "Where to send it" },
    records: {
      type: "repeated",
      short: "d",
      aliases: ["data"],
      placeholder: "TEXT|@FILE",
      description: "A record; @FILE for a file's content, @- for standard input",
    },
    "partition-key": {
      type: "string",
      aliases: ["key"],
      placeholder: "TEXT",
      description: "What decides on the shard; a random one if absent",
    },
    header: {
      type: "repeated",
      short: "H",
      placeholder: "NAME:VALUE",
      description: "A header: the record is then sent as an aggregated one, which can carry it",
    },
    trigger: {
      type: "string",
      placeholder: "NAME",
      description: "The trigger whose region, endpoint and Secret are used",
      complete: completeKinesisTriggers,
    },
  },
  examples: [
    {
      what: "Send an order",
      line: `kubeless trigger kinesis publish --stream orders --trigger orders --records '{"id": 7}'`,
    },
  ],
  run: async ({ flags }, world) => {
    const { stream: target, records = [], "partition-key": key, header = [], trigger } = flags;
    if (target === "") throw new UsageError("--stream says where to send it.");
    if (records.length === 0) throw new UsageError("--records says what to send.");
    if (records.filter((record) => record === "@-").length > 1)
      throw new UsageError("--records @- can be given once: standard input is read to its end.");
    const bodies = await Promise.all(records.map((record) => readData(record, world)));
    const messages = bodies.map((body = new Uint8Array()) => ({
      ...(key === undefined ? {} : { key: Buffer.from(key).toString("base64") }),
      headers: parseHeaders(header),
      body: Buffer.from(body).toString("base64"),
    }));
    const question = await toQuestion(kinesisAccess, flags, trigger, world);
    await printIds(askBroker(question, { do: "publish", target, messages }, world), world);
  },
}) as Command;

/** `create-stream`: a stream, ready to be written to when this ends. */
export const createStream = defineCommand({
  arguments: {},
  flags: {
    ...brokerFlags(kinesisAccess),
    "stream-name": { type: "string", required: true, placeholder: "NAME", description: "Its name" },
    "shard-count": { type: "integer", min: 1, default: 1, description: "How many shards it gets" },
  },
  examples: [
    {
      what: "With two shards, on a server of one's own",
      line: "kubeless trigger kinesis create-stream --stream-name orders --shard-count 2 --aws-region eu-central-1 --endpoint http://localhost:4567",
    },
  ],
  run: async ({ flags }, world) => {
    const { "stream-name": target, "shard-count": partitions } = flags;
    const question = await toQuestion(kinesisAccess, flags, undefined, world);
    if (question.cluster) await announce(question.cluster, world);
    for await (const { name } of askBroker(question, { do: "createTopic", target, partitions }, world))
      await world.stderr.write(`Stream ${name} created\n`);
  },
}) as Command;
