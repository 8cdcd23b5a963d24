import { type Command, defineCommand, type Flags } from "../command.ts";
import { UsageError } from "../parse.ts";
import { parseHeaders, readData } from "../source/read-data.ts";
import type { World } from "../world.ts";
import { askBroker } from "./ask-broker.ts";
import { type BrokerAccess, brokerFlags, toQuestion } from "./broker-flags.ts";

/** `publish`: one message, to where this kind of broker has them. */
export function definePublish<const F extends Flags>(access: BrokerAccess<F>, example: string): Command {
  return defineCommand({
    description:
      "Prints the message's position. Without flags that say where the broker is, the controller's pod sends it.",
    arguments: {},
    flags: {
      ...brokerFlags(access),
      topic: { type: "string", required: true, placeholder: "NAME", description: "Where to send it" },
      data: {
        type: "string",
        short: "d",
        aliases: ["message"],
        placeholder: "TEXT|@FILE",
        description: "What to send; @FILE for a file's content, @- for standard input",
      },
      key: { type: "string", placeholder: "TEXT", description: "The message's key" },
      header: { type: "repeated", short: "H", placeholder: "NAME:VALUE", description: "A header to send" },
      trigger: {
        type: "string",
        placeholder: "NAME",
        description: "The trigger whose connection is used, instead of the controller's own",
      },
    },
    examples: [{ what: "Send an order", line: example }],
    run: async ({ flags }, world) => {
      const { topic, data, key, header, trigger } = flags as unknown as PublishFlags;
      if (topic === "") throw new UsageError("--topic says where to send it.");
      const body = await readData(data, world);
      if (body === undefined) throw new UsageError("--data says what to send.");
      const message = {
        ...(key === undefined ? {} : { key: Buffer.from(key).toString("base64") }),
        headers: parseHeaders(header ?? []),
        body: Buffer.from(body).toString("base64"),
      };
      const question = await toQuestion(access, flags, trigger, world);
      await printIds(
        askBroker(question, { do: "publish", target: topic, messages: [message] }, world),
        world,
      );
    },
  }) as Command;
}

interface PublishFlags {
  readonly topic: string;
  readonly data: string | undefined;
  readonly key: string | undefined;
  readonly header: readonly string[] | undefined;
  readonly trigger: string | undefined;
}

/** A position a line. */
export async function printIds(
  published: AsyncIterable<{ readonly id: string }>,
  world: World,
): Promise<void> {
  for await (const { id } of published) await world.stdout.write(`${id}\n`);
}
