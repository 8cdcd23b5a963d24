import type { CommandEntry, CommandGroup, CommandTree, Flags } from "./command.ts";
import { isGroup } from "./command.ts";

export interface Resolved {
  /** The names that led here, as the tree spells them. */
  readonly path: readonly string[];
  readonly node: CommandEntry | CommandGroup;
  /** What was typed beside the path, in order. */
  readonly rest: readonly string[];
  /** The first word that is no command of the group it was looked for in. */
  readonly unknown?: string;
}

/**
 * Follows what was typed down the tree. Flags that every command knows may stand before the command's name
 * (`kubeless --context kind function list`); they come back in `rest`.
 */
export function resolve(argv: readonly string[], tree: CommandTree, leading: Flags): Resolved {
  let node: CommandEntry | CommandGroup = { summary: "", commands: tree };
  const path: string[] = [];
  const before: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (!isGroup(node)) return { path, node, rest: [...before, ...argv.slice(index)] };
    if (word.startsWith("-")) {
      const size = sizeOfFlag(word, leading);
      before.push(...argv.slice(index, index + size));
      index += size - 1;
      continue;
    }
    const found = findChild(node.commands, word);
    if (found === undefined) return { path, node, rest: [...before, ...argv.slice(index)], unknown: word };
    path.push(found[0]);
    node = found[1];
  }
  return { path, node, rest: before };
}

/** The child of that name or alias, with its proper name. */
function findChild(tree: CommandTree, word: string): [string, CommandEntry | CommandGroup] | undefined {
  return Object.entries(tree).find(
    ([name, node]) => name === word || (node.aliases?.includes(word) ?? false),
  );
}

/** How many words a leading flag takes: two when its value stands apart. */
function sizeOfFlag(word: string, flags: Flags): number {
  const known = Object.entries(flags).find(
    ([name, flag]) => word === `--${name}` || (flag.short !== undefined && word === `-${flag.short}`),
  );
  return known !== undefined && known[1].type !== "boolean" ? 2 : 1;
}
