// Measures every bar of the function server beside its alternatives, in one run, and prints ratios.
// `node bench/bars.ts [speed|size|latency|start|memory|time …]`; Linux with two cores or more.
import { join } from "node:path";
import {
  bundle,
  type Load,
  load,
  rssMegabytes,
  type Shape,
  startOurs,
  startTarget,
  stop,
  type Target,
} from "./target.ts";

interface Row {
  readonly bar: string;
  readonly what: string;
  readonly wanted: string;
  readonly measured: number;
  readonly holds: boolean;
}

const rows: Row[] = [];
const sections: Readonly<Record<string, () => Promise<void>>> = { speed, size, latency, start, memory, time };
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(sections);
const fastifyFile = await bundle("fastify");
const nodeHttpFile = await bundle("node-http");
for (const name of chosen) await sections[name]?.();
print();

async function speed(): Promise<void> {
  const peer = (name: string) => startTarget(name, [join(import.meta.dirname, `targets/${name}.mjs`)]);
  const targets = [
    await startOurs("json"),
    await fastify(),
    await nodeHttp(),
    await peer("functions-framework"),
    await peer("faas-js-runtime"),
    await peer("kubeless-way"),
  ];
  const loads = await rounds(targets, 3, { connections: 32, milliseconds: 2000, bytes: 115 });
  const [ours, plain, bare, framework, faas, kubeless] = loads as [Load, Load, Load, Load, Load, Load];
  atLeast("R1", "requests/s ÷ fastify", ours.perSecond / plain.perSecond, 0.9);
  atMost("R1", "CPU per request ÷ fastify", ours.cpuMicroseconds / plain.cpuMicroseconds, 1.11);
  tell("CPU per request ÷ node:http", ours.cpuMicroseconds / bare.cpuMicroseconds);
  atLeast(
    "R2",
    "CPU per request of Kubeless' way ÷ ours",
    kubeless.cpuMicroseconds / ours.cpuMicroseconds,
    20,
  );
  atLeast("R3", "CPU per request of faas-js-runtime ÷ ours", faas.cpuMicroseconds / ours.cpuMicroseconds, 2);
  atLeast(
    "R4",
    "CPU per request of functions-framework ÷ ours",
    framework.cpuMicroseconds / ours.cpuMicroseconds,
    4,
  );
}

async function size(): Promise<void> {
  const big = { connections: 32, milliseconds: 2000, bytes: 100_000 };
  const bytes = { ...big, type: "application/octet-stream" };
  const targets = [await startOurs("json"), await fastify(), await nodeHttp()];
  const [ours, plain, bare] = (await rounds(targets, 3, big)) as [Load, Load, Load];
  const [oursBytes, bareBytes] = (await rounds([await startOurs("bytes"), await nodeHttp()], 3, bytes)) as [
    Load,
    Load,
  ];
  const cpu = ours.cpuMicroseconds;
  atLeast("R7", "100 KB of JSON: requests/s ÷ fastify", ours.perSecond / plain.perSecond, 0.95);
  atMost("R7", "100 KB of JSON: CPU per request ÷ fastify", cpu / plain.cpuMicroseconds, 1.05);
  atLeast("R7", "100 KB: CPU per request as JSON ÷ as bytes", cpu / oursBytes.cpuMicroseconds, 10);
  tell("the same of node:http", bare.cpuMicroseconds / bareBytes.cpuMicroseconds);
  tell("100 KB of bytes: CPU per request ÷ node:http", oursBytes.cpuMicroseconds / bareBytes.cpuMicroseconds);
}

async function latency(): Promise<void> {
  for (const connections of [1, 32, 128]) {
    const targets = [await startOurs("json"), await fastify()];
    const [ours, plain] = (await rounds(targets, 3, { connections, milliseconds: 2000, bytes: 115 })) as [
      Load,
      Load,
    ];
    atMost("R8", `p99 ÷ fastify at ${connections} connections`, ours.p99 / plain.p99, 1.5);
  }
}

async function start(): Promise<void> {
  const kinds = [() => startOurs("json"), nodeHttp, fastify];
  const times = kinds.map((): number[] => []);
  for (let round = 0; round < 9; round++)
    for (const [index, kind] of kinds.entries()) {
      const target = await kind();
      times[index]?.push(target.startMs);
      await stop(target);
    }
  const [ours, bare, plain] = times.map(median) as [number, number, number];
  atMost("R9", "spawn to healthy ÷ node:http", ours / bare, 2);
  tell("spawn to healthy ÷ fastify", ours / plain);
}

async function memory(): Promise<void> {
  const plain = await fastify();
  const plainIdle = rssMegabytes(plain);
  await stop(plain);
  for (const timeout of ["1", "180", "86400"]) {
    const ours = await startOurs("json", { FUNC_TIMEOUT: timeout });
    const idle = rssMegabytes(ours);
    const halfway = await rssAfter(ours, 500_000);
    const end = await rssAfter(ours, 500_000);
    await stop(ours);
    const when = `(FUNC_TIMEOUT ${timeout})`;
    atMost("R10", `RSS idle ÷ fastify ${when}`, idle / plainIdle, 1);
    atMost("R10", `RSS after 10⁶ requests ÷ idle ${when}`, end / idle, 1.6);
    atMost("R10", `RSS after 10⁶ requests ÷ after half of them ${when}`, end / halfway, 1.05);
  }
}

async function rssAfter(target: Target, requests: number): Promise<number> {
  const shape = { connections: 32, milliseconds: 5000, bytes: 115 };
  for (let done = 0; done < requests; ) done += (await load(target, shape)).requests;
  return rssMegabytes(target);
}

async function time(): Promise<void> {
  for (const handler of ["hang", "spin"]) {
    const target = await startOurs(handler, { FUNC_TIMEOUT: "1" });
    const startedAt = performance.now();
    const { status } = await fetch(`http://127.0.0.1:${target.port}/`);
    const off = Math.abs(performance.now() - startedAt - 1000);
    atMost("R11", `${handler}: ${status} after the timeout ± ms`, off, 100);
    await stop(target);
  }
}

function fastify(): Promise<Target> {
  return startTarget("fastify", [fastifyFile]);
}

function nodeHttp(): Promise<Target> {
  return startTarget("node:http", [nodeHttpFile]);
}

/** Alternates between the targets, so that what else the machine does meets all of them; medians. The first round warms up. */
async function rounds(targets: readonly Target[], count: number, shape: Shape): Promise<Load[]> {
  const loads = targets.map((): Load[] => []);
  for (let round = 0; round <= count; round++)
    for (const [index, target] of targets.entries()) {
      const measured = await load(target, round === 0 ? { ...shape, milliseconds: 1000 } : shape);
      if (round > 0) loads[index]?.push(measured);
    }
  for (const target of targets) await stop(target);
  return loads.map((all) => ({
    requests: median(all.map(({ requests }) => requests)),
    perSecond: median(all.map(({ perSecond }) => perSecond)),
    cpuMicroseconds: median(all.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    p99: median(all.map(({ p99 }) => p99)),
  }));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function atLeast(bar: string, what: string, measured: number, bound: number): void {
  rows.push({ bar, what, wanted: `≥ ${bound}`, measured, holds: measured >= bound });
}

function atMost(bar: string, what: string, measured: number, bound: number): void {
  rows.push({ bar, what, wanted: `≤ ${bound}`, measured, holds: measured <= bound });
}

/** What no bar is set for. */
function tell(what: string, measured: number): void {
  rows.push({ bar: "–", what, wanted: "", measured, holds: true });
}

function print(): void {
  console.log("| bar | what | wanted | measured | |\n|---|---|---|---|---|");
  for (const { bar, what, wanted, measured, holds } of rows)
    console.log(
      `| ${bar} | ${what} | ${wanted} | ${measured.toFixed(2)} | ${wanted === "" ? "" : holds ? "holds" : "**missed**"} |`,
    );
}
