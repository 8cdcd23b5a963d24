import { annotations } from "@kubeless/api-types";
import { type Live, resources, toPath } from "@kubeless/controller-kit";
import type { Cluster } from "../../cluster.ts";
import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { type CallMetrics, sumMetrics } from "../../function/call-metrics.ts";
import { functions } from "../../function/function-object.ts";
import { functionWords } from "../../function/words.ts";
import { getObject, listObjects } from "../../objects.ts";
import { dataFlags, printData } from "../../output/format.ts";
import { renderTable } from "../../output/table.ts";
import type { World } from "../../world.ts";

export const top = defineCommand({
  description: "Calls, failures and durations since the pods started, added up over all ready pods.",
  arguments: {},
  flags: {
    ...namespaceFlags,
    function: {
      type: "string",
      short: "f",
      placeholder: "NAME",
      description: "Only this function",
      complete: completeFunctions,
    },
    ...dataFlags,
  },
  examples: [{ what: "What is called how often", line: "kubeless function top" }],
  run: async ({ flags }, world) => {
    const cluster = await world.connect(flags);
    const rows = (
      await Promise.all((await findNames(flags.function, cluster)).map((name) => read(name, cluster, world)))
    ).flat();
    if (await printData(world.stdout, flags.output, rows)) return;
    await world.stdout.write(renderTable(headers, rows.map(toCells), world.stdout));
  },
});

const headers = [
  "NAME",
  "NAMESPACE",
  "METHOD",
  "TOTAL_CALLS",
  "TOTAL_FAILURES",
  "TOTAL_DURATION_SECONDS",
  "AVG_DURATION_SECONDS",
  "MESSAGE",
];

interface Row {
  readonly function: string;
  readonly namespace: string;
  readonly method?: string;
  readonly message?: string;
  readonly total_calls?: number;
  readonly total_failures?: number;
  readonly total_duration_seconds?: number;
  readonly avg_duration_seconds?: number;
}

async function findNames(only: string | undefined, cluster: Cluster): Promise<readonly string[]> {
  if (only !== undefined) return [(await getObject(functions, only, functionWords, cluster)).metadata.name];
  return (await listObjects(functions, functionWords, cluster)).map(({ metadata }) => metadata.name);
}

async function read(name: string, cluster: Cluster, world: World): Promise<readonly Row[]> {
  const common = { function: name, namespace: cluster.namespace };
  const { items } = await cluster.client.list(resources.pods, {
    namespace: cluster.namespace,
    labelSelector: `function=${name}`,
    signal: world.signal,
  });
  const ready = items.filter(isReady);
  if (ready.length === 0) return [{ ...common, message: "No pod is ready" }];
  const texts = await Promise.all(ready.map((pod) => scrape(pod, cluster, world)));
  const metrics = sumMetrics(texts.filter((text) => text !== undefined));
  if (metrics.length === 0) {
    const counts = texts.some((text) => text?.includes("function_calls_total"));
    return [{ ...common, message: counts ? "Not called yet" : "Function does not expose metrics" }];
  }
  return metrics.map((sums) => ({ ...common, ...toFigures(sums) }));
}

type Pod = Live<{ status?: { conditions?: { type: string; status: string }[] } }>;

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** A pod that does not answer within five seconds, or has no such page, counts for nothing. */
async function scrape({ metadata }: Pod, cluster: Cluster, world: World): Promise<string | undefined> {
  const port = metadata.annotations?.[annotations.prometheusPort] ?? "8080";
  const path = toPath(resources.pods, { namespace: cluster.namespace, name: `${metadata.name}:${port}` });
  try {
    const { status, body } = await cluster.client.request(`${path}/proxy/metrics`, {
      signal: world.signal,
      headers: { accept: "text/plain" },
      headersTimeoutMs: 5000,
      idleTimeoutMs: 5000,
    });
    const text = await body.text();
    return status < 300 ? text : undefined;
  } catch (error) {
    if (world.signal.aborted) throw error;
    return undefined;
  }
}

function toFigures({ method, calls, failures, durationSeconds }: CallMetrics) {
  return {
    ...(method === "" ? {} : { method }),
    total_calls: calls,
    total_failures: failures,
    total_duration_seconds: durationSeconds,
    avg_duration_seconds: calls === 0 ? 0 : durationSeconds / calls,
  };
}

function toCells(row: Row): readonly string[] {
  return [
    row.function,
    row.namespace,
    row.method ?? "",
    row.total_calls?.toString() ?? "",
    row.total_failures?.toString() ?? "",
    row.total_duration_seconds?.toPrecision(3) ?? "",
    row.avg_duration_seconds?.toPrecision(3) ?? "",
    row.message ?? "",
  ];
}
