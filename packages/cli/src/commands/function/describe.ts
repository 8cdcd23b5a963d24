import type { Cluster } from "../../cluster.ts";
import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { autoscalerOf, describeMetric } from "../../function/autoscaler.ts";
import {
  describeDependencies,
  describeEnvironment,
  describeLabels,
  describeMemory,
  describeStatus,
} from "../../function/describe-function.ts";
import {
  findCondition,
  functions,
  type LiveFunction,
  mainContainerOf,
} from "../../function/function-object.ts";
import { functionWords } from "../../function/words.ts";
import { getObject } from "../../objects.ts";
import { formatAge } from "../../output/age.ts";
import { renderConditions } from "../../output/conditions.ts";
import { formats, printFormatted } from "../../output/format.ts";
import { renderRecord } from "../../output/record.ts";
import { createStyle } from "../../output/style.ts";
import { formatBytes } from "../../source/size.ts";

export const describe = defineCommand({
  description: "What it is, whether it works, and if not why and what to do next.",
  arguments: { name: { description: "The function", required: true, complete: completeFunctions } },
  flags: {
    ...namespaceFlags,
    output: { type: "string", short: "o", aliases: ["out"], choices: formats, description: "Another format" },
  },
  examples: [{ what: "See why hello does not work", line: "kubeless function describe hello" }],
  run: async ({ arguments: { name }, flags }, world) => {
    const cluster = await world.connect(flags);
    const found = await getObject(functions, name, functionWords, cluster);
    if (await printFormatted(world.stdout, flags.output, found)) return;
    const style = createStyle(world.stdout, world.environment);
    await world.stdout.write(renderRecord(toRows(found, cluster, world.now()), style));
    const conditions = found.status?.conditions ?? [];
    if (conditions.length > 0)
      await world.stdout.write(
        `${style.bold("Conditions:")}\n${renderConditions(conditions, world.now(), style)}`,
      );
    await world.stdout.write(adviseOn(found, world.program));
  },
});

function toRows(found: LiveFunction, cluster: Cluster, now: Date): readonly (readonly [string, string])[] {
  const { metadata, spec, status } = found;
  const autoscaler = autoscalerOf(found);
  const metric = autoscaler && describeMetric(autoscaler);
  return [
    ["Name", metadata.name],
    ["Namespace", metadata.namespace ?? cluster.namespace],
    ["Status", describeStatus(found)],
    ["Handler", spec.handler ?? ""],
    ["Runtime", spec.runtime ?? ""],
    ["Image", mainContainerOf(found).image ?? ""],
    ["Source", describeSource(found)],
    ["Label", describeLabels(found)],
    ["Envvar", describeEnvironment(found)],
    ["Memory", describeMemory(found)],
    ["Dependencies", describeDependencies(found)],
    ["Timeout", spec.timeout ? `${spec.timeout} s` : ""],
    [
      "Port",
      (spec.service?.ports ?? []).map(({ port, targetPort }) => `${port} → ${targetPort ?? port}`).join(", "),
    ],
    [
      "Autoscaler",
      metric
        ? `${autoscaler.spec?.minReplicas ?? 1} to ${autoscaler.spec?.maxReplicas}, ${metric.metric} ${metric.value}`
        : "",
    ],
    ["Revision", describeRevision(found)],
    ["Age", status === undefined ? "" : formatAge(metadata.creationTimestamp, now)],
  ];
}

function describeSource({ spec, status }: LiveFunction): string {
  const type = spec["function-content-type"] || "text";
  if (!spec.function) return "";
  if (!type.includes("url")) return `${type}, ${formatBytes(Buffer.byteLength(spec.function))}`;
  return `${spec.function}${status?.sourceDigest ? ` (${status.sourceDigest})` : ""}`;
}

function describeRevision({ status }: LiveFunction): string {
  const { revision, servingRevision } = status ?? {};
  if (!revision) return "";
  return servingRevision && servingRevision !== revision
    ? `${revision} (${servingRevision} serves)`
    : revision;
}

function adviseOn(found: LiveFunction, program: string): string {
  if (findCondition(found, "Ready")?.status === "True") return "";
  const { name, namespace } = found.metadata;
  return `\nNext: ${program} function logs ${name} -n ${namespace}\n`;
}
