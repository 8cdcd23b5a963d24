import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

const here = import.meta.dirname;
const run = promisify(execFile);
const ticksPerSecond = 100;

/** A server that is measured. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** From the start of the process to the first good answer. */
  readonly startMs: number;
}

export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p99: number;
}

const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
let nextPort = 20000 + (process.pid % 600) * 20;

/** Bundles what is compared as our own image is: one file. */
export async function bundle(name: string): Promise<string> {
  const out = join(here, "../dist/bench", `${name}.mjs`);
  mkdirSync(join(here, "../dist/bench"), { recursive: true });
  const esbuild = createRequire(createRequire(import.meta.url).resolve("tsup")).resolve(
    "esbuild/bin/esbuild",
  );
  const require =
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  const flags = [
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--minify",
    "--keep-names",
    `--banner:js=${require}`,
  ];
  await run(esbuild, [join(here, `targets/${name}.mjs`), ...flags, `--outfile=${out}`]);
  return out;
}

export function startOurs(handler: string, environment: Record<string, string> = {}): Promise<Target> {
  const function_ = {
    KUBELESS_INSTALL_VOLUME: join(here, "targets"),
    MOD_NAME: "echo",
    FUNC_HANDLER: handler,
  };
  const { flags, arenas } = readDockerfile();
  return startTarget("runtime-node", [...flags, join(here, "../dist/main.js")], {
    ...function_,
    MALLOC_ARENA_MAX: arenas,
    ...environment,
  });
}

/** How the image starts Node. */
function readDockerfile(): { readonly flags: readonly string[]; readonly arenas: string } {
  const text = readFileSync(join(here, "../Dockerfile"), "utf8");
  const command = JSON.parse(/^CMD (.+)$/m.exec(text)?.[1] ?? "[]") as string[];
  return { flags: command.slice(1, -1), arenas: /^ENV MALLOC_ARENA_MAX=(.+)$/m.exec(text)?.[1] ?? "" };
}

/** Starts a server on a core of its own and waits until it is healthy. */
export async function startTarget(
  name: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Target> {
  const port = nextPort++;
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: "production",
    PORT: `${port}`,
    FUNC_PORT: `${port}`,
    ...environment,
  };
  const startedAt = performance.now();
  const child = spawn("taskset", ["-c", "0", process.execPath, ...args], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.add(child);
  while (!(await isHealthy(port)))
    if (child.exitCode !== null) throw new Error(`${name} ended before it was healthy.`);
  return { name, port, child, startMs: performance.now() - startedAt };
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: "close" } });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

export async function stop(target: Target): Promise<void> {
  children.delete(target.child);
  target.child.kill("SIGKILL");
  await once(target.child, "exit");
}

export interface Shape {
  readonly connections: number;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly type?: string;
}

export async function load(target: Target, { connections, milliseconds, bytes, type }: Shape): Promise<Load> {
  const before = cpuSeconds(target);
  const args = [target.port, connections, milliseconds, bytes, type ?? "application/json"].map(String);
  const { stdout } = await run("taskset", ["-c", "1", process.execPath, join(here, "load.ts"), ...args]);
  const { requests, p99 } = JSON.parse(stdout) as { requests: number; p99: number };
  const cpuMicroseconds = ((cpuSeconds(target) - before) * 1e6) / requests;
  return { requests, perSecond: (requests * 1000) / milliseconds, cpuMicroseconds, p99 };
}

function cpuSeconds({ child }: Target): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export function rssMegabytes({ child }: Target): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024;
}
