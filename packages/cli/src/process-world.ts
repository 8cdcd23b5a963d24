import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { findCluster } from "./cluster.ts";
import type { CalledAs } from "./start.ts";
import type { Output, World } from "./world.ts";

/**
 * The world of a real process. Called as `kubectl-kubeless` it speaks of itself as `kubectl kubeless`; called as
 * `kubectl_complete-kubeless`, which is how kubectl asks its plugins, it completes.
 */
export function createProcessWorld(
  host: NodeJS.Process,
  environment: World["environment"],
  calledAs: CalledAs,
): { readonly argv: readonly string[]; readonly world: World } {
  const typed = host.argv.slice(2);
  const parts = {
    stdin: host.stdin,
    stdout: createOutput(host.stdout, host),
    stderr: createOutput(host.stderr, host),
    environment,
    workingDirectory: host.cwd(),
    homeDirectory: environment.HOME || homedir(),
    program: calledAs.startsWith("kubectl") ? "kubectl kubeless" : "kubeless",
    now: () => new Date(),
    signal: createSignal(host),
    fetch: globalThis.fetch,
    startDetached: (words: readonly string[], log: string) => startDetached(host, words, log),
  };
  const world = { ...parts, connect: (target) => findCluster(target, parts) } satisfies World;
  return { argv: calledAs === "kubectl_complete-kubeless" ? ["__complete", ...typed] : typed, world };
}

/** The first signal asks to end, the second one ends. */
function createSignal(host: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    host.on(name, () => {
      if (controller.signal.aborted) host.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}

/** A session of its own, so that it outlives the terminal; unref, so that we do not wait for it. */
function startDetached(
  host: NodeJS.Process,
  words: readonly string[],
  log: string,
): { exited: Promise<number> } {
  const output = openSync(log, "a", 0o600);
  const child = spawn(host.execPath, [...host.execArgv, host.argv[1] ?? "", ...words], {
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  child.unref();
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once("error", () => resolve(1));
  child.once("exit", (code) => resolve(code ?? 1));
  return { exited: promise };
}

/** A reader that goes away (`| head`) ends us quietly, as it does every other program in a pipe. */
function createOutput(stream: NodeJS.WriteStream, host: NodeJS.Process): Output {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    host.exit(error.code === "EPIPE" ? 0 : 1);
  });
  return {
    isTTY: stream.isTTY ?? false,
    get columns() {
      // A terminal may not know its width, and then says 0.
      return stream.columns || 80;
    },
    write: (chunk) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.write(chunk, () => resolve());
      return promise;
    },
  };
}
