import { findClusterIfAny } from "../../cluster.ts";
import { defineCommand } from "../../command.ts";
import { functions } from "../../function/function-object.ts";
import { deployDefaults } from "../../function/new-function.ts";
import { prepareFunction } from "../../function/prepare-function.ts";
import { waitUntilReady } from "../../function/wait.ts";
import { functionWords } from "../../function/words.ts";
import { createObject } from "../../objects.ts";
import { loadSource } from "../../source/source.ts";
import { checkTimes, createSchedule, newSchedule, tryOutSchedule } from "../../trigger/schedule.ts";
import { dryRunOf, functionFlags, toChanges, waitFlags, writeFlags } from "./function-flags.ts";

export const deploy = defineCommand({
  description:
    "The source is a file, an archive, a folder or a URL. A folder is zipped without what .gitignore and " +
    ".kubelessignore leave out, and brings its own dependencies when its package.json names some. The runtime is " +
    "the newest for the file's ending unless --runtime says otherwise; the handler may be left out when the source " +
    `exports one function. Unless said: timeout ${deployDefaults.timeoutSeconds} s, port ${deployDefaults.port}.`,
  arguments: {
    name: { description: "The name the function gets", required: true },
    source: { description: "The source, instead of --from-file", complete: "files" },
  },
  flags: {
    ...functionFlags,
    ...writeFlags,
    ...waitFlags,
    schedule: {
      type: "string",
      placeholder: "CRON",
      description: "Also call it by this schedule: five fields, or @hourly and the like",
    },
  },
  examples: [
    { what: "A file that exports one function", line: "kubeless function deploy hello -f hello.js" },
    {
      what: "A folder with dependencies",
      line: "kubeless function deploy render ./render --handler render.page",
    },
    {
      what: "The object only, for git",
      line: "kubeless function deploy hello -f hello.js --dry-run=client > hello.yaml",
    },
  ],
  run: async ({ arguments: { name, source: place }, flags }, world) => {
    checkTimes(flags);
    const from = flags["from-file"] ?? place;
    const source = from === undefined ? undefined : await loadSource(from, world);
    const changes = await toChanges(flags, source, world);
    const dryRun = dryRunOf(flags);
    const cluster = dryRun === "client" ? await findClusterIfAny(flags, world) : await world.connect(flags);
    const schedule =
      flags.schedule === undefined ? undefined : newSchedule(name, flags.schedule, cluster.namespace);
    const object = await prepareFunction(name, changes, source, cluster, world);
    const request = { cluster, world, dryRun, output: flags.output };
    if (schedule !== undefined) await tryOutSchedule(schedule, request);
    const made = await createObject(functions, object, functionWords, request);
    if (schedule !== undefined) await createSchedule(schedule, request);
    if (made === undefined) return;
    const suffix = flags.namespace === undefined ? "" : ` -n ${cluster.namespace}`;
    if (flags.wait ?? world.stdout.isTTY) {
      await waitUntilReady(made, cluster, world, flags["wait-timeout"]);
      await world.stderr.write(
        `Function ${name} serves. Call it: ${world.program} function call ${name}${suffix}\n`,
      );
    } else {
      await world.stderr.write(
        `Function ${name} submitted for deployment. Check its status: ${world.program} function ls ${name}${suffix}\n`,
      );
    }
  },
});
