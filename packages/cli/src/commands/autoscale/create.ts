import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { scalingMetrics, setAutoscaler } from "../../function/autoscaler.ts";
import { functions } from "../../function/function-object.ts";
import { functionWords } from "../../function/words.ts";
import { updateObject } from "../../objects.ts";
import { dryRunOf, writeFlags } from "../function/function-flags.ts";

export const create = defineCommand({
  description:
    "CPU and memory are percentages of what the pods request, so the function needs --cpu or --memory. Queries per " +
    "second need metrics that the cluster does not have by itself; the function's condition says whether it works.",
  arguments: { name: { description: "The function", required: true, complete: completeFunctions } },
  flags: {
    ...namespaceFlags,
    ...writeFlags,
    min: { type: "integer", min: 1, default: 1, description: "The fewest pods" },
    max: { type: "integer", min: 1, default: 1, description: "The most pods" },
    metric: { type: "string", choices: scalingMetrics, default: "cpu", description: "What is measured" },
    value: {
      type: "string",
      required: true,
      placeholder: "VALUE",
      description: "The figure to keep to, e.g. 70",
    },
  },
  examples: [
    { what: "Up to 5 pods at 70 % CPU", line: "kubeless autoscale create hello --max 5 --value 70" },
  ],
  run: async ({ arguments: { name }, flags }, world) => {
    const { min, max, metric, value } = flags;
    const cluster = await world.connect(flags);
    const request = { cluster, world, dryRun: dryRunOf(flags), output: flags.output };
    const change = (before: Parameters<typeof setAutoscaler>[0]) =>
      setAutoscaler(before, { min, max, metric, value });
    const written = await updateObject(functions, name, change, functionWords, request);
    if (written !== undefined)
      await world.stderr.write(`Function ${name} scales from ${min} to ${max} pods\n`);
  },
});
