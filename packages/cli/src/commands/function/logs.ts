import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { followLogs, printLogs } from "../../function/logs.ts";
import { UsageError } from "../../parse.ts";

export const logs = defineCommand({
  description:
    "Of all its pods. With --follow also of pods that come later, of init containers and over restarts; without it, " +
    "of init containers only when they have not succeeded. Lines say whose they are when there is more than one log.",
  arguments: { name: { description: "The function", required: true, complete: completeFunctions } },
  flags: {
    ...namespaceFlags,
    follow: { type: "boolean", short: "f", description: "Go on until interrupted" },
    previous: { type: "boolean", short: "p", description: "Of the life before the last restart" },
  },
  examples: [
    { what: "Follow all pods", line: "kubeless function logs hello -f" },
    { what: "The last words of what crashed", line: "kubeless function logs hello --previous" },
  ],
  run: async ({ arguments: { name }, flags }, world) => {
    if (flags.follow && flags.previous) throw new UsageError("--follow and --previous exclude each other.");
    const cluster = await world.connect(flags);
    if (flags.follow) await followLogs(name, cluster, world);
    else await printLogs({ name, previous: flags.previous ?? false }, cluster, world);
  },
});
