import { defineCommand } from "../../command.ts";
import { stopPlatform } from "../../local/platform.ts";
import { findLocalPlatform } from "../../local/state.ts";

export const down = defineCommand({
  description: "Functions and triggers are kept for the next start.",
  arguments: {},
  flags: {},
  examples: [{ what: "Stop it", line: "kubeless local down" }],
  run: async (_, world) => {
    const found = findLocalPlatform(world.homeDirectory);
    if (found === undefined) return void (await world.stderr.write("No local platform runs.\n"));
    await stopPlatform(found, world);
    await world.stderr.write("The local platform has stopped.\n");
  },
});
