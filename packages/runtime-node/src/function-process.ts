import { fork } from "node:child_process";
import { once } from "node:events";
import { basename, dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";

export interface FunctionProcessOptions {
  readonly file: string;
  readonly handler?: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A function server in a process of its own. */
export interface FunctionProcess {
  readonly port: number;
  /** Resolves when it has ended, asked to or not. */
  readonly gone: Promise<unknown>;
  /** Does something with it; it does not end before that is done. */
  readonly use: (work: () => Promise<void>) => Promise<void>;
  /** Ends it after its last use. Resolves when it is gone. */
  readonly retire: () => Promise<void>;
}

/** Flags that the function server is best started with: see `startWatchdog`. */
const flags = [
  "--no-force-async-hooks-checks",
  "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
  "--disable-warning=ExperimentalWarning",
];

/** Starts a process that serves the file; resolves with nothing if the file does not load (it has said why on stderr). */
export async function startFunctionProcess(
  options: FunctionProcessOptions,
): Promise<FunctionProcess | undefined> {
  const extension = extname(import.meta.url);
  const child = fork(fileURLToPath(new URL(`./main${extension}`, import.meta.url)), {
    execArgv: flags,
    env: { ...options.environment, ...contract(options) },
  });
  const gone = once(child, "exit");
  const ready = await Promise.race([once(child, "message"), gone.then(() => undefined)]);
  if (ready === undefined) return undefined;
  const idle = Promise.withResolvers<void>();
  let uses = 1;
  const release = () => {
    uses--;
    if (uses === 0) idle.resolve();
  };
  return {
    port: (ready[0] as { port: number }).port,
    gone,
    use: async (work) => {
      uses++;
      await work().finally(release);
    },
    retire: async () => {
      release();
      await idle.promise;
      child.kill("SIGTERM");
      await gone;
    },
  };
}

function contract({ file, handler, timeoutSeconds }: FunctionProcessOptions): Record<string, string> {
  return {
    KUBELESS_INSTALL_VOLUME: dirname(file),
    MOD_NAME: basename(file),
    FUNC_HANDLER: handler ?? "",
    FUNC_TIMEOUT: String(timeoutSeconds),
    FUNC_PORT: "0",
    FUNC_RUNTIME: `nodejs${process.versions.node.split(".")[0]}`,
    FUNC_MEMORY_LIMIT: "0",
    FUNC_DRAIN_SECONDS: "0",
    FUNC_ERROR_STACK: "true",
  };
}
