import type { ApiError } from "@kubeless/controller-kit";
import { toFailure } from "./api-failure.ts";
import { clusterFlags, namespaceFlags } from "./cluster-flags.ts";
import { type Command, type CommandGroup, type CommandTree, isGroup } from "./command.ts";
import { CliError, toError } from "./errors.ts";
import { renderCommandHelp, renderGroupHelp, usageOf } from "./help.ts";
import { createStyle } from "./output/style.ts";
import { parse, suggest, UsageError } from "./parse.ts";
import { type Resolved, resolve } from "./resolve.ts";
import { spellCommands, withSpelledHints } from "./spell-commands.ts";
import { commandTree } from "./tree.ts";
import type { World } from "./world.ts";

/**
 * Runs one command line and returns its exit code: 0 when all went well, 1 when not (then stderr says what happened and
 * what to do next), 130 when interrupted. Data goes to stdout, all else to stderr.
 */
export async function run(
  argv: readonly string[],
  world: World,
  tree: CommandTree = commandTree,
): Promise<number> {
  const spoken = withSpelledHints(world, tree);
  try {
    return await dispatch(argv, spoken, tree);
  } catch (error) {
    return report(error, spoken);
  }
}

async function dispatch(argv: readonly string[], world: World, tree: CommandTree): Promise<number> {
  if (argv[0] === "__complete") return offerCandidates(argv.slice(1), world, tree);
  const resolved = resolve(argv, tree, namespaceFlags);
  if (isGroup(resolved.node)) return showGroup(resolved, resolved.node, world);
  const { node, path, rest } = resolved;
  const command = await node.load();
  const line = [world.program, ...path].join(" ");
  if (asksForHelp(rest)) {
    const help = renderCommandHelp(line, node, command, createStyle(world.stdout, world.environment));
    await world.stdout.write(spellCommands(help, world.program, tree));
    return 0;
  }
  return execute(line, command, rest, world);
}

/** What the completion scripts ask: a candidate a line, then the directive. */
async function offerCandidates(words: readonly string[], world: World, tree: CommandTree): Promise<number> {
  const { complete } = await import("./completion/complete.ts");
  const { items, directive } = await complete(words, world, tree);
  const lines = items.map(({ value, description }) =>
    description === "" ? value : `${value}\t${description}`,
  );
  await world.stdout.write(`${[...lines, `:${directive}`].join("\n")}\n`);
  return 0;
}

/** What does not fit may show in the words, or only when the command knows more (a limit of another flag, say). */
async function execute(
  line: string,
  command: Command,
  rest: readonly string[],
  world: World,
): Promise<number> {
  try {
    return (await command.run(parse(rest, command.arguments, command.flags), world)) ?? 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw toError("InvalidUsage", { fault: error.message, usage: usageOf(line, command), command: line });
  }
}

async function showGroup(resolved: Resolved, group: CommandGroup, world: World): Promise<number> {
  const { path, rest, unknown } = resolved;
  const line = [world.program, ...path].join(" ");
  if (unknown !== undefined && !asksForHelp(rest)) {
    const names = Object.entries(group.commands).flatMap(([name, node]) => [name, ...(node.aliases ?? [])]);
    const suggestion = `${suggest(unknown, names).trim()} See what there is: ${line} --help.`.trim();
    throw toError("UnknownCommand", { command: `${line} ${unknown}`, suggestion });
  }
  const style = createStyle(world.stdout, world.environment);
  await world.stdout.write(renderGroupHelp(line, group, style, clusterFlags));
  return 0;
}

function asksForHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf("--");
  return rest.slice(0, end < 0 ? rest.length : end).some((word) => word === "--help" || word === "-h");
}

async function report(error: unknown, world: World): Promise<number> {
  if (world.signal.aborted) return 130;
  const style = createStyle(world.stderr, world.environment);
  const failure = isApiError(error) ? toFailure(error) : error;
  if (failure instanceof CliError) {
    await world.stderr.write(`${style.red("Error:")} ${failure.message}\n`);
    return 1;
  }
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  await world.stderr.write(
    `${style.red("Error:")} This should not have happened; please report it with these lines:\n${said}\n`,
  );
  return 1;
}

/** By name, so that the client is not loaded just to ask. */
function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === "ApiError";
}
