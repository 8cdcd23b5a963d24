/**
 * Functions at once: seconds until all are reconciled (children written, observedGeneration set) and requests per object;
 * then a second start over the same objects, which should write nothing; then bad Functions among good ones.
 *
 *   KUBECONFIG=… node --conditions=@kubeless/source bench/functions.ts [good] [bad] [workers]
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { functionResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  createProjectionManager,
  loadKubeConfig,
  resources,
} from "@kubeless/controller-kit";
import { createConfigReader, createFunctionProjection } from "../src/index.ts";
import { oldFunction } from "../src/testing/functions.ts";
import { VERSION } from "../src/version.ts";

const functions = { ...functionResource, namespaced: true };
const { positionals } = parseArgs({ allowPositionals: true });
const [good = 1000, bad = 0, workers] = positionals.map(Number);
const client = createClusterClient({ kubeConfig: loadKubeConfig({ environment: process.env }) });
const namespace = `bench-${randomBytes(3).toString("hex")}`;
await client.create(resources.namespaces, {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: namespace },
});
try {
  await createFunctions();
  await measure("first start", good + bad);
  await measure("second start", good + bad);
} finally {
  await client.delete(resources.namespaces, { name: namespace });
}

process.exit(0);

async function createFunctions(): Promise<void> {
  const names = Array.from({ length: good + bad }, (_, index) => `function-${index}`);
  const isBad = (index: number) => index % Math.ceil((good + bad) / Math.max(bad, 1)) === 0 && bad > 0;
  const began = performance.now();
  const queue = names.entries();
  const worker = async () => {
    for (const [index, name] of queue) {
      const spec = { replicas: 0, ...(isBad(index) ? { runtime: "cobol85" } : {}) };
      const { apiVersion, kind, metadata, spec: written } = oldFunction({ name, spec });
      await client.create(functions, {
        apiVersion,
        kind,
        metadata: { name, namespace, labels: metadata.labels },
        spec: written,
      });
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  say("created", { functions: names.length, seconds: seconds(began) });
}

async function measure(title: string, count: number): Promise<void> {
  const requests = new Map<string, number>();
  const counted = countRequests(client, requests);
  const began = performance.now();
  const cpu = process.cpuUsage();
  const manager = createProjectionManager({
    name: "bench",
    identity: "bench",
    client: counted,
    projections: [
      createFunctionProjection({
        config: { namespace, name: "kubeless-config" },
        readConfig: createConfigReader({ version: VERSION, imageOverrides: {} }),
      }),
    ],
    namespace,
    workers,
  });
  await manager.start();
  do await manager.idle();
  while (!(await areAllReconciled(count)));
  const { user, system } = process.cpuUsage(cpu);
  const took = seconds(began);
  const total = [...requests.values()].reduce((sum, each) => sum + each, 0);
  const rss = Math.round(process.memoryUsage().rss / 1024 ** 2);
  say(title, {
    seconds: took,
    cpuSeconds: (user + system) / 1e6,
    requestsPerFunction: total / count,
    ...Object.fromEntries(requests),
    rssMiB: rss,
  });
  await manager.stop();
}

async function areAllReconciled(count: number): Promise<boolean> {
  const { items } = await client.list(functions, { namespace });
  return (
    items.length === count &&
    items.every(({ metadata, status }) => status?.observedGeneration === metadata.generation)
  );
}

/** The client with its writes and reads of single objects counted; lists and watches are not the controller's choice. */
function countRequests(original: ClusterClient, requests: Map<string, number>): ClusterClient {
  const names = ["get", "create", "replace", "patch", "apply", "delete"] as const;
  const counting = (name: string, call: (...args: never[]) => unknown) =>
    ((...args: never[]) => {
      requests.set(name, (requests.get(name) ?? 0) + 1);
      return call(...args);
    }) as never;
  const counted = Object.fromEntries(names.map((name) => [name, counting(name, original[name] as never)]));
  return { ...original, ...counted };
}

function seconds(began: number): number {
  return (performance.now() - began) / 1000;
}

function say(title: string, figures: Record<string, number>): void {
  const parts = Object.entries(figures).map(([name, figure]) => `${name} ${Number(figure.toFixed(2))}`);
  process.stdout.write(`${title}: ${parts.join(", ")}\n`);
}
