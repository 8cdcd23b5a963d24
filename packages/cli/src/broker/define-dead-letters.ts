import { type BrokerMessageText, deadLetterHeaders } from "@kubeless/api-types";
import { announce } from "../cluster.ts";
import { type Command, type Completion, defineCommand, type Flags } from "../command.ts";
import { dataFlags, printData } from "../output/format.ts";
import { printable } from "../output/printable.ts";
import { renderRecord } from "../output/record.ts";
import { createStyle } from "../output/style.ts";
import { renderTable } from "../output/table.ts";
import type { World } from "../world.ts";
import { askBroker } from "./ask-broker.ts";
import { type BrokerAccess, brokerFlags, toQuestion } from "./broker-flags.ts";

export interface DeadLetterCommands {
  readonly list: Command;
  readonly show: Command;
  readonly redrive: Command;
  readonly purge: Command;
}

/** What can be done with a trigger's dead letters. */
export function defineDeadLetters<const F extends Flags>(
  access: BrokerAccess<F>,
  names: Completion,
): DeadLetterCommands {
  const trigger = { description: "The trigger", required: true, complete: names } as const;
  const line = `kubeless trigger ${access.kind} dead-letters`;
  const ask = (typed: Readonly<Record<string, unknown>>, name: string, world: World) =>
    toQuestion(access, typed, name, world);

  const list = defineCommand({
    description: "Oldest first, without those that were sent again already.",
    arguments: { trigger },
    flags: {
      ...brokerFlags(access),
      limit: { type: "integer", min: 1, default: 100, description: "How many at most" },
      ...dataFlags,
    },
    examples: [{ what: "What failed", line: `${line} list orders` }],
    run: async ({ arguments: { trigger: name }, flags }, world) => {
      const { limit, output } = flags as unknown as { limit: number; output?: "json" | "yaml" };
      const question = await ask(flags, name, world);
      const letters = await Array.fromAsync(askBroker(question, { do: "listDeadLetters", limit }, world));
      if (await printData(world.stdout, output, letters)) return;
      await world.stdout.write(renderTable(headers, letters.map(toRow), world.stdout));
    },
  });

  const show = defineCommand({
    description: "Prints its headers on standard error, and its bytes as they are on standard output.",
    arguments: { trigger, id: { description: "Its position, as list shows it", required: true } },
    flags: brokerFlags(access),
    examples: [{ what: "One of them", line: `${line} show orders orders-failed:0:12` }],
    run: async ({ arguments: { trigger: name, id }, flags }, world) => {
      const question = await ask(flags, name, world);
      for await (const letter of askBroker(question, { do: "showDeadLetter", id }, world))
        await printLetter(letter, world);
    },
  });

  const redrive = defineCommand({
    description:
      "Sends them again to where they came from, for the function that did not take them; the other functions of the " +
      "trigger pass them over. Without IDs: all that were not sent again yet.",
    arguments: { trigger, ids: { description: "Only these", variadic: true } },
    flags: brokerFlags(access),
    examples: [{ what: "Once the function is mended", line: `${line} redrive orders` }],
    run: async ({ arguments: { trigger: name, ids }, flags }, world) => {
      const question = await ask(flags, name, world);
      if (question.cluster) await announce(question.cluster, world);
      let count = 0;
      const sent = askBroker(question, { do: "redriveDeadLetters", ids: [...ids] }, world);
      for await (const { id, sentAs } of sent) {
        count += 1;
        await world.stdout.write(`${id} sent as ${sentAs}\n`);
      }
      await world.stderr.write(`${count} sent again\n`);
    },
  });

  const purge = defineCommand({
    description: "Deletes them for good, those that were sent again too.",
    arguments: { trigger },
    flags: brokerFlags(access),
    examples: [{ what: "All of a trigger's", line: `${line} purge orders` }],
    run: async ({ arguments: { trigger: name }, flags }, world) => {
      const question = await ask(flags, name, world);
      if (question.cluster) await announce(question.cluster, world);
      for await (const { count } of askBroker(question, { do: "purgeDeadLetters" }, world))
        await world.stderr.write(`${count} deleted\n`);
    },
  });

  return {
    list: list as Command,
    show: show as Command,
    redrive: redrive as Command,
    purge: purge as Command,
  };
}

const headers = ["ID", "FUNCTION", "REASON", "ATTEMPTS", "LAST ATTEMPT", "CAUSE"];

function toRow({ id, time, headers: said }: BrokerMessageText): readonly string[] {
  return [
    id,
    said[deadLetterHeaders.function] ?? "",
    said[deadLetterHeaders.reason] ?? "",
    said[deadLetterHeaders.attempts] ?? "",
    said[deadLetterHeaders.lastAttempt] ?? time,
    said[deadLetterHeaders.cause] ?? "",
  ].map(printable);
}

async function printLetter({ id, time, key, headers: said, body }: BrokerMessageText, world: World) {
  const rows = [
    ["ID", id],
    ["Time", time],
    ["Key", key === undefined ? "" : Buffer.from(key, "base64").toString()],
    ...Object.entries(said),
  ].map(([name = "", value = ""]) => [printable(name), printable(value)] as const);
  await world.stderr.write(renderRecord(rows, createStyle(world.stderr, world.environment)));
  await world.stdout.write(Buffer.from(body, "base64"));
}
