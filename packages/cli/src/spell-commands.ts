import type { CommandTree } from "./command.ts";
import type { Output, World } from "./world.ts";

/** Commands are written as `kubeless …` everywhere; here they become what the person typed (`kubectl kubeless …`). */
export function spellCommands(text: string, program: string, tree: CommandTree): string {
  if (program === "kubeless") return text;
  const names = Object.keys(tree).join("|");
  return text.replaceAll(new RegExp(`(?<!kubectl )\\bkubeless (?=(?:${names})\\b)`, "g"), `${program} `);
}

/** The world with every hint on stderr spelled so. */
export function withSpelledHints(world: World, tree: CommandTree): World {
  const { stderr, program } = world;
  const spelled: Output = {
    isTTY: stderr.isTTY,
    get columns() {
      return stderr.columns;
    },
    write: (chunk) => stderr.write(typeof chunk === "string" ? spellCommands(chunk, program, tree) : chunk),
  };
  return { ...world, stderr: spelled };
}
