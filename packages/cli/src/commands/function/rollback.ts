import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { toError } from "../../errors.ts";
import { functions, type LiveFunction } from "../../function/function-object.ts";
import { applyRevision, listRevisions, type Revision } from "../../function/revisions.ts";
import { waitUntilReady } from "../../function/wait.ts";
import { functionWords } from "../../function/words.ts";
import { getObject, updateObject } from "../../objects.ts";
import { dryRunOf, waitFlags, writeFlags } from "./function-flags.ts";

export const rollback = defineCommand({
  description:
    "Writes the revision back into the Function: source, dependencies, handler, runtime, timeout, deployment and " +
    "Service. Autoscaler, number of pods, labels and triggers stay.",
  arguments: {
    name: { description: "The function", required: true, complete: completeFunctions },
    revision: {
      description: "The revision, as history names it; unless given, the newest but the present one",
    },
  },
  flags: { ...namespaceFlags, ...writeFlags, ...waitFlags },
  examples: [
    { what: "Back to what was before", line: "kubeless function rollback hello" },
    { what: "Back to a certain revision", line: "kubeless function rollback hello 3f9c2ab410" },
  ],
  run: async ({ arguments: { name, revision: wanted }, flags }, world) => {
    const cluster = await world.connect(flags);
    const owner = await getObject(functions, name, functionWords, cluster);
    const revision = choose(await listRevisions(owner, cluster), wanted, owner);
    const request = { cluster, world, dryRun: dryRunOf(flags), output: flags.output };
    const written = await updateObject(
      functions,
      name,
      (before) => applyRevision(before, revision),
      functionWords,
      request,
    );
    if (written === undefined) return;
    await world.stderr.write(`Function ${name} goes back to revision ${revision.hash}\n`);
    if (flags.wait ?? world.stdout.isTTY)
      await waitUntilReady(written, cluster, world, flags["wait-timeout"]);
  },
});

function choose(revisions: readonly Revision[], wanted: string | undefined, owner: LiveFunction): Revision {
  const { name, namespace } = owner.metadata;
  const present = owner.status?.revision;
  const candidates =
    wanted === undefined
      ? revisions.filter((revision) => revision.name !== present).slice(0, 1)
      : revisions.filter(({ hash, name: full }) => hash.startsWith(wanted) || full === wanted);
  const [found] = candidates;
  if (found !== undefined && candidates.length === 1) return found;
  const fault =
    wanted === undefined
      ? `${name} has no other revision to go back to.`
      : candidates.length > 1
        ? `${wanted} begins more than one revision of ${name}.`
        : `${name} has no revision ${wanted}.`;
  throw toError("NoRevision", { fault, command: `kubeless function history ${name} -n ${namespace}` });
}
