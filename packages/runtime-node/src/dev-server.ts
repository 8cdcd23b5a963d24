import { watch } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, extname, sep } from "node:path";
import { forward } from "./forward.ts";
import { type FunctionProcess, startFunctionProcess } from "./function-process.ts";

export interface DevServerOptions {
  /** The function's file. */
  readonly file: string;
  /** The export to serve; default: its default export, or the only function it exports. */
  readonly handler?: string;
  readonly port: number;
  readonly timeoutSeconds: number;
  /** What the function's process gets beside its own variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told what happened, in one line. */
  readonly say: (line: string) => void;
}

export interface DevServer {
  readonly port: number;
  /** Lets the requests end and stops the function's process. */
  readonly close: () => Promise<void>;
}

/** Editors write a file in several steps. */
const settleMs = 60;

/**
 * Serves a function's file and, whenever a source beside it changes, a fresh process with the new code. The port is
 * held here: requests wait for the first process that works, and then always reach one; the old process ends after its
 * last answer. Code that does not load is reported, and the one before it goes on being served.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { file, say } = options;
  let next = Promise.withResolvers<FunctionProcess>();
  let current: FunctionProcess | undefined;
  let generation = 0;
  let closing = false;

  const reload = async (): Promise<void> => {
    const mine = ++generation;
    const started = await startFunctionProcess(options);
    if (started === undefined) {
      say(
        `${basename(file)} does not load${current === undefined ? "" : "; the code before it is still served"}`,
      );
    } else if (mine === generation) {
      const old = current;
      current = started;
      next.resolve(started);
      say(`serving ${basename(file)}`);
      void started.gone.then(() => replace(started));
      await old?.retire();
    } else await started.retire();
  };

  /** What ends while it is served was not asked to: requests wait for the one that follows. */
  const replace = (ended: FunctionProcess): void => {
    if (closing || ended !== current) return;
    current = undefined;
    next = Promise.withResolvers();
    say(`the process of ${basename(file)} ended and is started anew`);
    void reload();
  };

  const server = createServer(async (request, response) => {
    const target = current ?? (await next.promise);
    await target.use(() => forward(request, response, target.port));
  });
  const port = await listen(server, options.port);
  const watcher = watchFolder(dirname(file), () => void reload());
  void reload();
  return {
    port,
    close: async () => {
      watcher.close();
      closing = true;
      generation++;
      await new Promise((resolve) => server.close(resolve));
      await current?.retire();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

const sourceEndings = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json"];

/**
 * True for a file, named from the watched folder, that a function is made of. What is installed or hidden is not, nor is
 * what a function may write itself, such as a log.
 */
export function isSource(name: string): boolean {
  const hidden = name.split(sep).some((part) => part === "node_modules" || part.startsWith("."));
  return !hidden && sourceEndings.includes(extname(name));
}

/** Calls back once things have settled. */
function watchFolder(folder: string, changed: () => void): { close: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_event, name) => {
    if (name !== null && !isSource(name)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, settleMs);
  });
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
