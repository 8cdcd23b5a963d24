import { readFileSync } from "node:fs";
import { defineCommand } from "../command.ts";

export const version = defineCommand({
  arguments: {},
  flags: {},
  examples: [],
  run: async (_, world) => {
    const manifest = new URL("../package.json", import.meta.url);
    const own = readFirst([manifest, new URL("../../package.json", import.meta.url)]);
    await world.stdout.write(`Kubeless version: ${own}\n`);
  },
});

/** From the built program and from the sources the manifest lies at different depths. */
function readFirst(places: readonly URL[]): string {
  for (const place of places) {
    try {
      return (JSON.parse(readFileSync(place, "utf8")) as { version: string }).version;
    } catch {
      // Not at this depth.
    }
  }
  return "unknown";
}
