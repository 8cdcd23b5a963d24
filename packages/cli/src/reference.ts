import { type Command, type CommandEntry, type CommandTree, isGroup } from "./command.ts";
import { describeFlag, spellFlag, usageOf, visible } from "./help.ts";

/** The whole command line as one page of Markdown, from the same data that parses it. */
export async function renderReference(tree: CommandTree): Promise<string> {
  const sections = await renderTree(tree, "kubeless");
  return `# Command reference

Generated from the commands themselves; \`kubeless COMMAND --help\` says the same. Every command that talks to a cluster
takes \`--kubeconfig\` and \`--context\`, before or after the command's name, and exits 0 when all went well, 1 when not and
130 when interrupted.

${sections.join("\n\n")}
`;
}

async function renderTree(tree: CommandTree, line: string): Promise<readonly string[]> {
  const sections: string[] = [];
  for (const [name, node] of visible(tree)) {
    const path = `${line} ${name}`;
    if (isGroup(node))
      sections.push(`## ${path}\n\n${node.summary}.`, ...(await renderTree(node.commands, path)));
    else sections.push(renderCommand(path, node, await node.load()));
  }
  return sections;
}

function renderCommand(line: string, { summary, aliases = [] }: CommandEntry, command: Command): string {
  const parts = [
    `${line.split(" ").length > 2 ? "###" : "##"} ${line}`,
    `${summary}.${command.description === undefined ? "" : ` ${command.description}`}`,
    `\`\`\`sh\n${usageOf(line, command)}\n\`\`\``,
    aliases.length === 0 ? "" : `Also: ${aliases.map((alias) => `\`${alias}\``).join(", ")}.`,
    table(
      ["argument", "what"],
      Object.entries(command.arguments).map(([name, { description }]) => [
        `\`${name.toUpperCase()}\``,
        description,
      ]),
    ),
    table(
      ["flag", "what"],
      Object.entries(command.flags).map(([name, flag]) => [flagCell(name, flag), describeFlag(flag)]),
    ),
    command.examples.length === 0
      ? ""
      : `\`\`\`sh\n${command.examples.map(({ what, line: example }) => `# ${what}\n${example}`).join("\n")}\n\`\`\``,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function flagCell(name: string, flag: Command["flags"][string]): string {
  return `${flag.short === undefined ? "" : `\`-${flag.short}\`, `}\`${spellFlag(name, flag)}\``;
}

/** With its columns aligned, as the formatter wants them. */
function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const cells = [headers, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = headers.map((_, index) => Math.max(3, ...cells.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
