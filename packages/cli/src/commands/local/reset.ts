import { rmSync } from "node:fs";
import { defineCommand } from "../../command.ts";
import { stopPlatform } from "../../local/platform.ts";
import { findLocalPlatform, localFolder } from "../../local/state.ts";

export const reset = defineCommand({
  description:
    "Stops it and deletes all it keeps: functions, triggers, logs. The files they were deployed from stay.",
  arguments: {},
  flags: {},
  examples: [{ what: "Begin anew", line: "kubeless local reset" }],
  run: async (_, world) => {
    const found = findLocalPlatform(world.homeDirectory);
    if (found !== undefined) await stopPlatform(found, world);
    const folder = localFolder(world.homeDirectory);
    rmSync(folder, { recursive: true, force: true });
    await world.stderr.write(`Deleted ${folder}\n`);
  },
});
