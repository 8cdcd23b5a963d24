import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { functions } from "../../function/function-object.ts";
import { functionWords } from "../../function/words.ts";
import { deleteObject } from "../../objects.ts";

export const deleteFunction = defineCommand({
  description:
    "Its pods, Service and revisions go with it; triggers stay and wait for a function of that name.",
  arguments: { name: { description: "The function", required: true, complete: completeFunctions } },
  flags: namespaceFlags,
  examples: [{ what: "Delete hello", line: "kubeless function delete hello" }],
  run: async ({ arguments: { name }, flags }, world) => {
    await deleteObject(functions, name, functionWords, await world.connect(flags), world);
  },
});
