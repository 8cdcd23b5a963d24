import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { toError } from "../../errors.ts";
import { autoscalerOf, removeAutoscaler } from "../../function/autoscaler.ts";
import { type FunctionObject, functions } from "../../function/function-object.ts";
import { functionWords } from "../../function/words.ts";
import { updateObject } from "../../objects.ts";

export const deleteAutoscaler = defineCommand({
  description: "The number of pods stays as it is then.",
  arguments: { name: { description: "The function", required: true, complete: completeFunctions } },
  flags: namespaceFlags,
  examples: [{ what: "Stop scaling hello", line: "kubeless autoscale delete hello" }],
  run: async ({ arguments: { name }, flags }, world) => {
    const remove = (before: FunctionObject) => {
      if (autoscalerOf(before) === undefined)
        throw toError("NoAutoscaler", { name, namespace: cluster.namespace });
      return removeAutoscaler(before);
    };
    const cluster = await world.connect(flags);
    const request = { cluster, world, dryRun: "none", output: undefined } as const;
    await updateObject(functions, name, remove, functionWords, request);
  },
});
