import { defineCommand } from "../../command.ts";
import { findLocalPlatform } from "../../local/state.ts";
import { formatAge } from "../../output/age.ts";
import { renderJson } from "../../output/format.ts";
import { renderRecord } from "../../output/record.ts";
import { createStyle } from "../../output/style.ts";

export const status = defineCommand({
  description: "The exit code is 1 when none runs.",
  arguments: {},
  flags: { output: { type: "string", short: "o", choices: ["json"], description: "Another format" } },
  examples: [{ what: "Does it run?", line: "kubeless local status" }],
  run: async ({ flags }, world) => {
    const found = findLocalPlatform(world.homeDirectory);
    if (found === undefined) {
      await world.stderr.write(`No local platform runs. Start it: ${world.program} local up\n`);
      return 1;
    }
    if (flags.output === "json") await world.stdout.write(renderJson(found));
    else
      await world.stdout.write(
        renderRecord(
          [
            ["Process", String(found.pid)],
            ["Context", found.context],
            ["Kubeconfig", found.kubeconfig],
            ["Routes", found.ingress],
            ["Up", formatAge(found.startedAt, world.now())],
          ],
          createStyle(world.stdout, world.environment),
        ),
      );
    return 0;
  },
});
