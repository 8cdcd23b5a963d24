import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { functions, type LiveFunction } from "../../function/function-object.ts";
import { listRevisions, type Revision } from "../../function/revisions.ts";
import { functionWords } from "../../function/words.ts";
import { getObject } from "../../objects.ts";
import { formatAge } from "../../output/age.ts";
import { printData } from "../../output/format.ts";
import { renderTable } from "../../output/table.ts";

export const history = defineCommand({
  description: "The revisions that can be gone back to, the newest first.",
  arguments: { name: { description: "The function", required: true, complete: completeFunctions } },
  flags: {
    ...namespaceFlags,
    output: { type: "string", short: "o", choices: ["json", "yaml"], description: "Another format" },
  },
  examples: [{ what: "The revisions of hello", line: "kubeless function history hello" }],
  run: async ({ arguments: { name }, flags }, world) => {
    const cluster = await world.connect(flags);
    const owner = await getObject(functions, name, functionWords, cluster);
    const revisions = await listRevisions(owner, cluster);
    if (await printData(world.stdout, flags.output, revisions)) return;
    const rows = revisions.map((revision) => [
      revision.hash,
      formatAge(revision.createdAt, world.now()),
      revision.spec.runtime ?? "",
      revision.spec.handler ?? "",
      (revision.spec.checksum ?? "").replace(/^sha256:(.{12}).*/, "$1"),
      describeState(revision, owner),
    ]);
    await world.stdout.write(
      renderTable(["REVISION", "AGE", "RUNTIME", "HANDLER", "CHECKSUM", "STATE"], rows, world.stdout),
    );
  },
});

function describeState({ name }: Revision, { status }: LiveFunction): string {
  const states = [
    ...(name === status?.revision ? ["wanted"] : []),
    ...(name === status?.servingRevision ? ["serving"] : []),
  ];
  return states.join(", ");
}
