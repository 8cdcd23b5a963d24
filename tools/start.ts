import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openShell } from "./src/demonstration/shell.ts";
import { steps } from "./src/demonstration/steps.ts";

/**
 * `npm start`: the main job, shown. Builds, starts the local platform and takes the steps of the demonstration. At a
 * terminal the platform then stays up until Ctrl-C or `kubeless local down`; otherwise it is stopped again. The exit code
 * says whether everything went as it should.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());

try {
  build();
  await show();
} catch (error) {
  if (!interrupted.signal.aborted) console.error(`\n${(error as Error).message}`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
}

function build(): void {
  say("Building");
  const argv = ["run", "build", "--output-logs=errors-only", "--ui=stream"];
  const { status } = spawnSync("turbo", argv, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  interrupted.signal.throwIfAborted();
  if (status !== 0) throw new Error("The build failed; npx turbo run build shows where.");
}

async function show(): Promise<void> {
  const { signal } = interrupted;
  say("The local platform: a Kubernetes API, the controllers, and functions as processes of this machine");
  const shell = await openShell(root, signal);
  try {
    for (const { title, take } of steps) {
      signal.throwIfAborted();
      say(title);
      await take(shell);
    }
    if (!process.stdout.isTTY) return;
    sayWhatNext(shell.program);
    await shell.untilPlatformEnds();
  } finally {
    await shell.close();
  }
}

function say(text: string): void {
  console.log(`\n${process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text}`);
}

function sayWhatNext(program: string): void {
  say("It stays up until Ctrl-C. Next, in another terminal:");
  console.log(`  alias kubeless="${program}"
  export KUBECONFIG="$(kubeless local kubeconfig)"    kubectl works too
  kubeless function deploy mine --from-file mine.js
  kubeless function logs hello --follow
  kubeless dev ${join("examples", "hello.js")}
  kubeless local down`);
}
