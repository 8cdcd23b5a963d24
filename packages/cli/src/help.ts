import {
  type Argument,
  type Command,
  type CommandEntry,
  type CommandGroup,
  type CommandTree,
  type Flag,
  type Flags,
  isGroup,
} from "./command.ts";
import type { Style } from "./output/style.ts";
import { helpFlag } from "./parse.ts";

/** What a group offers: its commands and what each is for. */
export function renderGroupHelp(line: string, group: CommandGroup, style: Style, flags: Flags = {}): string {
  return sections([
    group.summary,
    section(style, "Usage", `  ${line} COMMAND`),
    section(style, "Commands", renderCommands(group.commands)),
    section(style, "Flags", renderFlags({ ...flags, help: helpFlag })),
    `More about a command: ${line} COMMAND --help`,
  ]);
}

/** All that is known of one command. */
export function renderCommandHelp(line: string, entry: CommandEntry, command: Command, style: Style): string {
  return sections([
    `${entry.summary}.${command.description === undefined ? "" : `\n\n${wrap(command.description, 100)}`}`,
    section(style, "Usage", `  ${usageOf(line, command)}`),
    section(style, "Also", aliasesOf(line, entry)),
    section(style, "Arguments", renderArguments(command)),
    section(style, "Flags", renderFlags({ ...command.flags, help: helpFlag })),
    section(style, "Examples", renderExamples(command, style)),
  ]);
}

/** `kubeless function deploy NAME [flags]`. */
export function usageOf(line: string, command: Command): string {
  const words = Object.entries(command.arguments).map(([name, argument]) => wordOf(name, argument));
  const required = Object.entries(command.flags)
    .filter(([, flag]) => flag.required)
    .map(([name, flag]) => `--${name} ${placeholderOf(flag)}`);
  return [line, ...words, ...required, "[flags]"].join(" ");
}

/** The commands a person is shown, with their aliases' names left out. */
export function visible(tree: CommandTree): readonly [string, CommandEntry | CommandGroup][] {
  return Object.entries(tree).filter(([, node]) => isGroup(node) || !node.hidden);
}

/** `--output json|yaml`, `--timeout SECONDS`, `--follow`. */
export function spellFlag(name: string, flag: Flag): string {
  const placeholder = placeholderOf(flag);
  return `--${name}${placeholder === "" ? "" : ` ${placeholder}`}`;
}

/** The description with what the declaration knows beside it: default, and that it is a list. */
export function describeFlag(flag: Flag): string {
  const notes = [
    flag.required ? "required" : undefined,
    flag.type === "list" ? "comma-separated, may be repeated" : undefined,
    flag.type === "repeated" ? "may be repeated" : undefined,
    "default" in flag && flag.default !== undefined && flag.default !== false
      ? `default ${flag.default}`
      : undefined,
  ].filter((note) => note !== undefined);
  return notes.length === 0 ? flag.description : `${flag.description} (${notes.join("; ")})`;
}

function placeholderOf(flag: Flag): string {
  if (flag.type === "boolean") return "";
  if ("choices" in flag && flag.choices !== undefined) return flag.choices.join("|");
  return flag.placeholder ?? (flag.type === "integer" ? "NUMBER" : "TEXT");
}

function wordOf(name: string, { required, variadic }: Argument): string {
  const word = `${name.toUpperCase()}${variadic ? "..." : ""}`;
  return required ? word : `[${word}]`;
}

function aliasesOf(line: string, { aliases = [] }: CommandEntry): string {
  const parent = line.slice(0, line.lastIndexOf(" "));
  return aliases.map((alias) => `  ${parent} ${alias}`).join("\n");
}

function renderCommands(tree: CommandTree): string {
  return columns(visible(tree).map(([name, { summary }]) => [name, summary]));
}

function renderArguments({ arguments: args }: Command): string {
  return columns(Object.entries(args).map(([name, { description }]) => [name.toUpperCase(), description]));
}

function renderFlags(flags: Flags): string {
  return columns(
    Object.entries(flags)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, flag]) => [
        `${flag.short === undefined ? "    " : `-${flag.short}, `}${spellFlag(name, flag)}`,
        describeFlag(flag),
      ]),
  );
}

function renderExamples({ examples }: Command, style: Style): string {
  return examples.map(({ what, line }) => `  ${style.dim(`# ${what}`)}\n  ${line}`).join("\n");
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(34, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows
    .map(([left, right]) =>
      left.length > width
        ? `  ${left}\n  ${" ".repeat(width)}  ${right}`
        : `  ${left.padEnd(width)}  ${right}`,
    )
    .join("\n");
}

function section(style: Style, title: string, body: string): string {
  return body === "" ? "" : `${style.bold(title)}\n${body}`;
}

function sections(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function wrap(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => line.replace(new RegExp(`(.{1,${width}})(?:\\s+|$)`, "g"), "$1\n").trimEnd())
    .join("\n");
}
