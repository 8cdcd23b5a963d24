/**
 * `node bench/api.ts [KUBECONFIG]`, after a build: start, creates with watchers, lists, fan-out and memory. With a
 * kubeconfig the same program runs against that API server too, and ratios are shown.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCluster, type TestCluster } from "../src/behaviour/cluster.ts";

const folder = mkdtempSync(join(tmpdir(), "bench-"));
const kubeconfig = join(folder, "kubeconfig");

for (const what of ["api", "cluster"] as const) {
  const runs: Times[] = [];
  for (let run = 0; run < 7; run += 1) {
    const { child, ...times } = await start(what);
    runs.push(times);
    await end(child);
  }
  const middle = (time: keyof Times) => median(runs.map((run) => run[time])).toFixed(0);
  console.log(
    `${what === "api" ? "API alone" : "whole cluster"}: first answer ${middle("startMs")} ms after the call (${middle("cpuMs")} ms of CPU), ${middle("sinceProcessStartMs")} ms after the process' start`,
  );
}

const { child } = await start("api");
const empty = memoryOf(child);
const local = await measure(kubeconfig);
const cluster = await openCluster(kubeconfig);
const before = memoryOf(child);
await createMany(cluster, mapsOf(cluster), 10_000);
console.log(
  `memory of the process: ${empty} MiB empty, ${before} MiB after the load above, ${memoryOf(child)} MiB with 10,000 × 1 KB more`,
);
await cluster.stop();
await end(child);
const real = process.argv[2] === undefined ? undefined : await measure(process.argv[2]);
for (const [name, value] of Object.entries(local)) {
  const other = real?.[name];
  const beside =
    other === undefined ? "" : `, real API server ${other.toFixed(0)}, ratio ${(value / other).toFixed(2)}`;
  console.log(`${name}: ${value.toFixed(0)}${beside}`);
}
rmSync(folder, { recursive: true });

interface Times {
  readonly startMs: number;
  /** Client and server together. */
  readonly cpuMs: number;
  readonly sinceProcessStartMs: number;
}

async function start(what: "api" | "cluster"): Promise<Times & { readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "start.ts"), what, kubeconfig], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return { child, ...JSON.parse(String(line)) };
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await once(child, "exit");
}

/** Resident memory in MiB, where /proc tells it. */
function memoryOf({ pid }: ChildProcess): number {
  const [, kibibytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kibibytes) / 1024);
}

/** Figures by what they are: more is better, but for times. */
async function measure(path: string): Promise<Record<string, number>> {
  const objects = 2000;
  const cluster = await openCluster(path);
  try {
    const maps = mapsOf(cluster);
    const watchers = Array.from({ length: 5 }, () => countEvents(cluster, maps, objects));
    const createdMs = await timed(() => createMany(cluster, maps, objects));
    await Promise.all(watchers);
    const lists: number[] = [];
    for (let round = 0; round < 7; round += 1) lists.push(await timed(() => cluster.send("GET", maps)));
    const fanOutMs = await fanOut(cluster);
    return {
      "creates of 1 KB a second, 20 at a time, with 5 watchers": (objects / createdMs) * 1000,
      "list of 2,000 × 1 KB in ms": median(lists),
      "events a second to 100 watchers": (100 * 200 * 1000) / fanOutMs,
    };
  } finally {
    await cluster.stop();
  }
}

/** 200 objects, told to 100 watchers. */
async function fanOut(cluster: TestCluster): Promise<number> {
  const secrets = mapsOf(cluster).replace("configmaps", "secrets");
  const watchers = Array.from({ length: 100 }, () => countEvents(cluster, secrets, 200));
  return timed(async () => {
    await createMany(cluster, secrets, 200);
    await Promise.all(watchers);
  });
}

function mapsOf({ namespace }: TestCluster): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

async function createMany(cluster: TestCluster, collection: string, count: number): Promise<void> {
  const filler = randomBytes(375).toString("hex");
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      const metadata = { name: `object-${next}-${randomBytes(3).toString("hex")}` };
      const { code, body } = await cluster.send("POST", collection, {
        metadata,
        ...dataOf(collection, filler),
      });
      if (code !== 201) throw new Error(JSON.stringify(body));
    }
  };
  await Promise.all(Array.from({ length: 20 }, lane));
}

function dataOf(collection: string, filler: string): object {
  return collection.endsWith("secrets") ? { stringData: { filler } } : { data: { filler } };
}

async function countEvents(cluster: TestCluster, path: string, count: number): Promise<void> {
  let seen = 0;
  for await (const { object } of cluster.watch(`${path}?watch=true`)) {
    if ((object as { metadata: { name: string } }).metadata.name.startsWith("object-")) seen += 1;
    if (seen === count) return;
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
