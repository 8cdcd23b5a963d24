import { defineCommand } from "../../command.ts";
import { toError } from "../../errors.ts";
import { findLocalPlatform } from "../../local/state.ts";

export const kubeconfig = defineCommand({
  arguments: {},
  flags: {},
  examples: [{ what: "For kubectl in this shell", line: 'export KUBECONFIG="$(kubeless local kubeconfig)"' }],
  run: async (_, world) => {
    const found = findLocalPlatform(world.homeDirectory);
    if (found === undefined)
      throw toError("LocalPlatform", {
        fault: "No local platform runs.",
        advice: "Start it: kubeless local up.",
      });
    await world.stdout.write(`${found.kubeconfig}\n`);
  },
});
