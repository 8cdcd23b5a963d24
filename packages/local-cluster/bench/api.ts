/**
 * `node bench/api.ts [KUBECONFIG]`: start, creates with five watchers, a list of 2,000 × 1 KB and memory; with a
 * kubeconfig the same program runs against that API server too and ratios are shown.
 */
import { randomBytes } from "node:crypto";
import { openCluster, type TestCluster } from "../src/behaviour/cluster.ts";
import { startApiServer } from "../src/testing.ts";

interface Figures {
  createsPerSecond: number;
  eventsPerSecond: number;
  listMs: number;
}

const objects = 2000;
const starts: number[] = [];
for (let round = 0; round < 5; round += 1) {
  const begin = performance.now();
  const server = await startApiServer();
  starts.push(performance.now() - begin);
  await server.stop();
}
console.log(
  `start of the API alone: first ${starts[0]?.toFixed(0)} ms, then ${median(starts.slice(1)).toFixed(0)} ms`,
);

const local = await measure(undefined);
show("local-cluster", local);
console.log(
  `memory with ${objects} objects, client and server in one process: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
);
const kubeconfig = process.argv[2];
if (kubeconfig !== undefined) {
  const real = await measure(kubeconfig);
  show("real API server", real);
  console.log(
    `local / real: creates ${(local.createsPerSecond / real.createsPerSecond).toFixed(2)}×, events ${(local.eventsPerSecond / real.eventsPerSecond).toFixed(2)}×, list time ${(local.listMs / real.listMs).toFixed(2)}×`,
  );
}
process.exit(0);

async function measure(path: string | undefined): Promise<Figures> {
  const cluster = await openCluster(path);
  try {
    const maps = `/api/v1/namespaces/${cluster.namespace}/configmaps`;
    const filler = randomBytes(375).toString("hex");
    const watchers = Array.from({ length: 5 }, () => countEvents(cluster, maps));
    const begin = performance.now();
    await inParallel(20, objects, (index) =>
      cluster.send("POST", maps, { metadata: { name: `object-${index}` }, data: { filler } }),
    );
    const createdMs = performance.now() - begin;
    await Promise.all(watchers);
    const watchedMs = performance.now() - begin;
    const lists: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const start = performance.now();
      await cluster.send("GET", maps);
      lists.push(performance.now() - start);
    }
    return {
      createsPerSecond: (objects / createdMs) * 1000,
      eventsPerSecond: ((objects * 5) / watchedMs) * 1000,
      listMs: median(lists),
    };
  } finally {
    await cluster.stop();
  }
}

async function countEvents(cluster: TestCluster, path: string): Promise<void> {
  let count = 0;
  for await (const { object } of cluster.watch(`${path}?watch=true`)) {
    if ((object as { metadata: { name: string } }).metadata.name.startsWith("object-")) count += 1;
    if (count === objects) return;
  }
}

async function inParallel(
  lanes: number,
  count: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < count) {
        next += 1;
        await work(next);
      }
    }),
  );
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function show(name: string, { createsPerSecond, eventsPerSecond, listMs }: Figures): void {
  console.log(
    `${name}: ${createsPerSecond.toFixed(0)} creates/s with 5 watchers, ${eventsPerSecond.toFixed(0)} watch events/s, list of ${objects} × 1 KB ${listMs.toFixed(0)} ms`,
  );
}
