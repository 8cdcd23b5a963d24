import { clusterFlags, namespaceFlags } from "../cluster-flags.ts";
import {
  type Command,
  type CommandTree,
  type Completion,
  type Flag,
  type Flags,
  isGroup,
} from "../command.ts";
import { spellFlag, visible } from "../help.ts";
import { helpFlag, scan } from "../parse.ts";
import { resolve } from "../resolve.ts";
import type { World } from "../world.ts";

/** What the shell shall offer: candidates with what they are, and whether its own file names fit too. */
export interface Candidates {
  readonly items: readonly { readonly value: string; readonly description: string }[];
  readonly directive: number;
}

/** Directives of cobra's completion protocol, which shells' scripts of ours and kubectl's plugins understand. */
const directives = { default: 0, noFiles: 4, directories: 16 } as const;

/**
 * What can stand at the place of the last word, given the words before it. Never fails: what cannot be asked offers
 * nothing.
 */
export async function complete(
  words: readonly string[],
  world: World,
  tree: CommandTree,
): Promise<Candidates> {
  const before = words.slice(0, -1);
  // An empty word is lost on its way from some versions of PowerShell, so its script sends two quotes.
  const current = words.at(-1) === '""' ? "" : (words.at(-1) ?? "");
  const { node, rest, unknown } = resolve(before, tree, namespaceFlags);
  if (isGroup(node)) {
    if (unknown !== undefined) return nothing;
    const waiting = flagThatWaits(before.at(-1), namespaceFlags);
    if (waiting !== undefined)
      return completeValue(waiting, current, rest.slice(0, -1), namespaceFlags, world);
    return current.startsWith("-")
      ? offerFlags(clusterFlags, current)
      : offer(
          visible(node.commands).map(([value, { summary }]) => ({ value, description: summary })),
          current,
        );
  }
  return completeCommand(await node.load(), rest, current, world);
}

const nothing: Candidates = { items: [], directive: directives.noFiles };

async function completeCommand(
  command: Command,
  rest: readonly string[],
  current: string,
  world: World,
): Promise<Candidates> {
  const flags: Flags = { ...command.flags, help: helpFlag };
  const inline = /^--([^=]+)=(.*)$/s.exec(current);
  if (inline !== null) {
    const found = await completeValue(flags[inline[1] ?? ""], inline[2] ?? "", rest, command.flags, world);
    return {
      ...found,
      items: found.items.map((item) => ({ ...item, value: `--${inline[1]}=${item.value}` })),
    };
  }
  const waiting = flagThatWaits(rest.at(-1), flags);
  if (waiting !== undefined) return completeValue(waiting, current, rest.slice(0, -1), command.flags, world);
  if (current.startsWith("-")) return offerFlags(flags, current);
  const { positionals } = scan(rest, command.flags, []);
  const args = Object.values(command.arguments);
  const argument = args[positionals.length] ?? (args.at(-1)?.variadic ? args.at(-1) : undefined);
  return ask(argument?.complete, current, rest, command.flags, world);
}

/** The flag whose value is being typed: the word before is one that takes a value. */
function flagThatWaits(word: string | undefined, flags: Flags): Flag | undefined {
  const found = Object.entries(flags).find(
    ([name, flag]) => word === `--${name}` || (flag.short !== undefined && word === `-${flag.short}`),
  )?.[1];
  return found?.type === "boolean" ? undefined : found;
}

async function completeValue(
  flag: Flag | undefined,
  current: string,
  rest: readonly string[],
  flags: Flags,
  world: World,
): Promise<Candidates> {
  if (flag === undefined) return nothing;
  if ("choices" in flag && flag.choices !== undefined)
    return offer(
      flag.choices.map((value) => ({ value, description: "" })),
      current,
    );
  return ask(flag.complete, current, rest, flags, world);
}

async function ask(
  completion: Completion | undefined,
  current: string,
  rest: readonly string[],
  known: Flags,
  world: World,
): Promise<Candidates> {
  if (completion === undefined) return nothing;
  if (completion === "files") return { items: [], directive: directives.default };
  if (completion === "directories") return { items: [], directive: directives.directories };
  try {
    const flags = Object.fromEntries(
      [...scan(rest, known, []).given].map(([name, values]) => [name, values.at(-1)]),
    );
    const names = await completion({ world, flags });
    return offer(
      names.map((value) => ({ value, description: "" })),
      current,
    );
  } catch {
    return nothing;
  }
}

function offerFlags(flags: Flags, current: string): Candidates {
  const all = Object.entries(flags).map(([name, flag]) => ({
    value: spellFlag(name, flag).split(" ")[0] ?? "",
    description: flag.description,
  }));
  return offer(all, current);
}

function offer(items: Candidates["items"], current: string): Candidates {
  return { items: items.filter(({ value }) => value.startsWith(current)), directive: directives.noFiles };
}
