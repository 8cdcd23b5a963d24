import { type Live, resources } from "@kubeless/controller-kit";
import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { describeMetric } from "../../function/autoscaler.ts";
import type { Autoscaler } from "../../function/function-object.ts";
import { formats, printFormatted } from "../../output/format.ts";
import { renderTable } from "../../output/table.ts";

export const list = defineCommand({
  description: "The autoscalers that belong to functions, as the cluster has them.",
  arguments: {},
  flags: {
    ...namespaceFlags,
    output: { type: "string", short: "o", aliases: ["out"], choices: formats, description: "Another format" },
  },
  examples: [{ what: "All of the namespace", line: "kubeless autoscale list" }],
  run: async ({ flags }, world) => {
    const { client, namespace } = await world.connect(flags);
    const { items } = await client.list(resources.horizontalPodAutoscalers, {
      namespace,
      labelSelector: "created-by=kubeless",
    });
    if (await printFormatted(world.stdout, flags.output, items)) return;
    const rows = items.map((item) => toRow(item as Live<Autoscaler>));
    await world.stdout.write(
      renderTable(["NAME", "NAMESPACE", "TARGET", "MIN", "MAX", "METRIC", "VALUE"], rows, world.stdout),
    );
  },
});

function toRow(item: Live<Autoscaler>): readonly string[] {
  const { name, namespace = "" } = item.metadata;
  const { metric, value } = describeMetric(item);
  const { scaleTargetRef, minReplicas, maxReplicas } = item.spec ?? {};
  return [
    name,
    namespace,
    scaleTargetRef?.name ?? "",
    String(minReplicas ?? 1),
    String(maxReplicas ?? ""),
    metric,
    value,
  ];
}
