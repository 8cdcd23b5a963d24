import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * What a person waits for on the local platform, beside a Node that does nothing, in one run: until it is up, until a
 * function that is deployed answers its first call, until an edited one serves. Each round in a home of its own; build
 * first.
 */
const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const rounds = Number(process.argv[2] ?? 5);
const times = new Map<string, number[]>();

for (let round = 0; round < rounds; round += 1) {
  await measure("node -e 0", () => finish(spawn(process.execPath, ["-e", "0"])));
  await measureLocal();
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const base = median(times.get("node -e 0") ?? []);
for (const [name, values] of times)
  console.log(
    `${name.padEnd(32)} ${median(values).toFixed(0).padStart(5)} ms  ${(median(values) / base).toFixed(1)}×`,
  );

async function measureLocal(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "kubeless-bench-"));
  const file = join(home, "hello.js");
  const write = (answer: string) => writeFileSync(file, `exports.greet = () => "${answer}";\n`);
  const run = (...argv: string[]) => {
    const env = { PATH: process.env.PATH, HOME: home };
    return spawn(process.execPath, [bin, ...argv], { env, stdio: ["ignore", "pipe", "pipe"] });
  };
  const up = run("local", "up");
  await measure("local up: ready", () => untilSaid(up, "is ready"));
  write("first");
  await measure("deploy: first call answered", async () => {
    await finish(run("function", "deploy", "hello", "-f", file, "--wait"));
    await finish(run("function", "call", "hello"));
  });
  const dev = run("dev", file);
  await untilSaid(dev, "Saving deploys");
  write("second");
  await measure("dev: edited code serves", () => untilSaid(dev, "✓ hello serves"));
  await end(dev);
  await measure("local down", () => finish(run("local", "down")));
  await end(up);
  rmSync(home, { recursive: true });
}

async function measure(name: string, what: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await what();
  times.set(name, [...(times.get(name) ?? []), performance.now() - start]);
}

async function finish(child: ChildProcess): Promise<void> {
  child.stdout?.resume();
  child.stderr?.resume();
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`${child.spawnargs.join(" ")} ended with ${code}`);
}

function untilSaid(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const look = (chunk: Buffer) => {
      said += chunk;
      if (said.includes(text)) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", look);
    child.once("close", (code) =>
      reject(new Error(`it ended with ${code} before it said "${text}":\n${said}`)),
    );
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGINT");
  await once(child, "close");
}
