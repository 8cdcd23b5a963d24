import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { changeFunction } from "../../function/change-function.ts";
import { functions } from "../../function/function-object.ts";
import { checkRuntime } from "../../function/prepare-function.ts";
import { waitUntilReady } from "../../function/wait.ts";
import { functionWords } from "../../function/words.ts";
import { updateObject } from "../../objects.ts";
import { checkSize } from "../../source/size.ts";
import { loadSource } from "../../source/source.ts";
import { dryRunOf, functionFlags, toChanges, waitFlags, writeFlags } from "./function-flags.ts";

export const update = defineCommand({
  description:
    "Only what is given changes. Labels are merged, Secrets are added; environment variables and node selectors are " +
    "replaced when given. Everything else in the object stays, sidecars, probes and ports among it.",
  arguments: {
    name: { description: "The function", required: true, complete: completeFunctions },
    source: { description: "The new source, instead of --from-file", complete: "files" },
  },
  flags: { ...functionFlags, ...writeFlags, ...waitFlags },
  examples: [
    { what: "New code", line: "kubeless function update hello -f hello.js" },
    { what: "More memory, and nothing else", line: "kubeless function update hello --memory 256Mi" },
  ],
  run: async ({ arguments: { name, source: place }, flags }, world) => {
    const from = flags["from-file"] ?? place;
    const source = from === undefined ? undefined : await loadSource(from, world);
    const changes = await toChanges(flags, source, world);
    checkSize(source, changes.dependencies);
    const cluster = await world.connect(flags);
    if (changes.runtime !== undefined) await checkRuntime(changes.runtime, cluster, world);
    const request = { cluster, world, dryRun: dryRunOf(flags), output: flags.output };
    const written = await updateObject(
      functions,
      name,
      (before) => changeFunction(before, changes),
      functionWords,
      request,
    );
    if (written === undefined) return;
    const suffix = flags.namespace === undefined ? "" : ` -n ${cluster.namespace}`;
    if (flags.wait ?? world.stdout.isTTY) {
      await waitUntilReady(written, cluster, world, flags["wait-timeout"]);
      await world.stderr.write(`Function ${name} serves the change.\n`);
    } else {
      await world.stderr.write(
        `Function ${name} submitted for deployment. Check its status: ${world.program} function ls ${name}${suffix}\n`,
      );
    }
  },
});
