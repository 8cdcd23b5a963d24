import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

export interface ReplicaOptions {
  /** The controller's program: a file that Node runs. */
  readonly program: string;
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: NodeJS.WritableStream;
}

/** A controller's process. */
export interface Replica {
  /** SIGKILL; a new process takes its place when `start` is called. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  start(): Promise<void>;
  /** What all its processes together say they have lost or dropped, as far as they could be asked. */
  countedLost(): Promise<number>;
  /** The most memory that its process has held, in MiB; Linux alone says so. */
  peakMegabytes(): number;
  /** Events that its process has ended, however. */
  ended(): Promise<number>;
  stop(): Promise<void>;
}

export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const port = await freePort();
  let child = run(options, port);
  let lostBefore = 0;
  await untilReady(port);
  return {
    async kill() {
      lostBefore += await scrape(port, lostSeries).catch(() => 0);
      child.kill("SIGKILL");
      await once(child, "close");
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async start() {
      child = run(options, port);
      await untilReady(port);
    },
    countedLost: async () => lostBefore + (hasEnded(child) ? 0 : await scrape(port, lostSeries)),
    peakMegabytes: () => peakMegabytes(child),
    ended: () => scrape(port, endedSeries),
    async stop() {
      if (hasEnded(child)) return;
      child.kill("SIGCONT");
      lostBefore += await scrape(port, lostSeries).catch(() => 0);
      child.kill("SIGTERM");
      const killer = new AbortController();
      const late = setTimeout(30_000, undefined, { signal: killer.signal }).then(
        () => child.kill("SIGKILL"),
        () => undefined,
      );
      if (!hasEnded(child)) await once(child, "close");
      killer.abort();
      await late;
    },
  };
}

function run({ program, name, environment, log }: ReplicaOptions, port: number): ChildProcess {
  const child = spawn(process.execPath, ["--conditions=@kubeless/source", program], {
    env: { PATH: process.env.PATH, ...environment, POD_NAME: name, HEALTH_PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  return child;
}

async function untilReady(port: number): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await setTimeout(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error("A controller did not get ready within a minute; its log says why.");
}

const endedSeries = /^kubeless_trigger_ended_total\{.*\} (\d+)$/gm;
const lostSeries = /^kubeless_trigger_(?:ended_total\{.*ending="lost".*\}|dropped_total\{.*\}) (\d+)$/gm;

function peakMegabytes({ pid }: ChildProcess): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function scrape(port: number, series: RegExp): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(2_000) });
  return [...(await answer.text()).matchAll(series)].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
