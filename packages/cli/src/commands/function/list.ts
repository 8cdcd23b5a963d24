import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import {
  describeDependencies,
  describeEnvironment,
  describeLabels,
  describeMemory,
  describeStatus,
} from "../../function/describe-function.ts";
import { functions, type LiveFunction } from "../../function/function-object.ts";
import { functionWords } from "../../function/words.ts";
import { listObjects } from "../../objects.ts";
import { formatAge } from "../../output/age.ts";
import { formats, printFormatted } from "../../output/format.ts";
import { createStyle, type Style } from "../../output/style.ts";
import { renderTable } from "../../output/table.ts";

const headers = ["NAME", "NAMESPACE", "HANDLER", "RUNTIME", "DEPENDENCIES", "STATUS"];
const wideHeaders = [...headers, "MEMORY", "ENV", "LABEL", "AGE"];

export const list = defineCommand({
  arguments: { names: { description: "Only these functions", variadic: true, complete: completeFunctions } },
  flags: {
    ...namespaceFlags,
    output: { type: "string", short: "o", aliases: ["out"], choices: formats, description: "Another format" },
  },
  examples: [
    { what: "All functions of the namespace", line: "kubeless function list" },
    { what: "With memory, environment, labels and age", line: "kubeless function list -o wide" },
  ],
  run: async ({ arguments: { names }, flags }, world) => {
    const cluster = await world.connect(flags);
    const found = await listObjects(functions, functionWords, cluster, names);
    if (await printFormatted(world.stdout, flags.output, found)) return;
    const isWide = flags.output === "wide";
    const style = createStyle(world.stdout, world.environment);
    const rows = found.map((item) => [
      ...toRow(item, style),
      ...(isWide ? toWideRow(item, world.now()) : []),
    ]);
    await world.stdout.write(renderTable(isWide ? wideHeaders : headers, rows, world.stdout));
    if (found.length === 0 && world.stdout.isTTY)
      await world.stderr.write(
        `There are none in namespace ${cluster.namespace}. Deploy one: ${world.program} function deploy --help\n`,
      );
  },
});

function toRow(item: LiveFunction, style: Style): readonly string[] {
  const { name, namespace = "" } = item.metadata;
  const status = describeStatus(item);
  const paint = status.endsWith(" READY") && !status.includes("NOT") ? style.green : style.yellow;
  return [
    name,
    namespace,
    item.spec.handler ?? "",
    item.spec.runtime ?? "",
    describeDependencies(item),
    paint(status),
  ];
}

function toWideRow(item: LiveFunction, now: Date): readonly string[] {
  return [
    describeMemory(item),
    describeEnvironment(item),
    describeLabels(item),
    formatAge(item.metadata.creationTimestamp, now),
  ];
}
