import type { Surroundings } from "./call.ts";
import { FunctionServer } from "./function-server.ts";
import { findModuleFile, loadFunction } from "./load-function.ts";
import { Metrics } from "./metrics.ts";
import type { Settings } from "./settings.ts";
import { startWatchdog } from "./watchdog.ts";

/** A function server that runs. */
export interface RunningFunction {
  readonly port: number;
  /** Serves on for the drain time, then takes nothing new, lets the calls end and the function shut down. */
  readonly drain: () => Promise<void>;
}

/**
 * Loads the function and serves it, as a container does. Nothing listens before the function is loaded and initialised.
 * @throws RuntimeFailure that says why the function cannot be served.
 */
export async function runFunction(settings: Settings): Promise<RunningFunction> {
  const metrics = new Metrics(settings.module);
  const surroundings: Surroundings = {
    functionName: settings.handler,
    timeoutSeconds: settings.timeoutSeconds,
    runtime: settings.runtime,
    memoryLimit: settings.memoryLimit,
  };
  const loaded = await loadFunction(findModuleFile(settings.folder, settings.module), settings.handler);
  metrics.loadSeconds = performance.now() / 1000;
  const server = new FunctionServer({ ...settings, handler: loaded.handler, surroundings, metrics });
  startWatchdog(server.calls, settings.terminationLog);
  metrics.watchEventLoop();
  const port = await server.listen(settings.port);
  return { port, drain: () => server.close() };
}
