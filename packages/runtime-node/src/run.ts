import { basename, extname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Surroundings } from "./call.ts";
import type { CallsInFlight } from "./calls-in-flight.ts";
import { DeadlineBoard } from "./deadline-board.ts";
import { FunctionServer } from "./function-server.ts";
import type { LoadedFunction } from "./load-function.ts";
import { loadInTime, tooSlow } from "./load-in-time.ts";
import { Metrics } from "./metrics.ts";
import type { FunctionRequest } from "./request.ts";
import type { FunctionResponse } from "./response.ts";
import type { Settings } from "./settings.ts";
import { startWatchdog } from "./watchdog.ts";

/** A function that is served. */
export interface RunningFunction {
  readonly port: number;
  /**
   * Stops without refusing or cutting anybody who was told to come here: serves on for the drain time while `/healthz`
   * says 503, and then until nobody has called for a second (five more seconds at most); takes no new connection, lets
   * the calls end (their timeout is the limit), and runs `shutdown`.
   */
  readonly drain: () => Promise<void>;
}

/** Who comes at the end of the drain was sent by endpoints that a busy cluster has not withdrawn yet. */
const quietMs = 1000;
const lateMs = 5000;

/** How much longer than the timeout the end may take; pods are given 10 seconds for this and who is late. */
const shutdownMs = 4000;

/**
 * Loads the function and serves it, as a container does. Nothing listens before it is loaded and initialised.
 * @throws RuntimeFailure that says why the function cannot be served.
 */
export async function runFunction(settings: Settings): Promise<RunningFunction> {
  const surroundings = surroundingsOf(settings);
  const board = new DeadlineBoard();
  const metrics = new Metrics(basename(settings.module, extname(settings.module)));
  const { promise: terminated, reject } = Promise.withResolvers<never>();
  let calls: CallsInFlight | undefined;
  startWatchdog({
    board,
    terminationLog: settings.terminationLog,
    judge: () => calls?.judge() ?? 0,
    onTerminated: () => (calls === undefined ? reject(tooSlow(settings)) : calls.afterTermination()),
  });
  const loaded = await loadInTime(settings, surroundings, board, terminated);
  const server = new FunctionServer({
    handler: loaded.handler,
    surroundings,
    metrics,
    board,
    bodyLimitBytes: settings.bodyLimitBytes,
    multipartLimitBytes: settings.multipartLimitBytes,
    errorStack: settings.errorStack,
    ...(settings.accessLog ? { onAnswer: logAccess } : {}),
  });
  calls = server.calls;
  metrics.loadSeconds = performance.now() / 1000;
  metrics.watchEventLoop();
  const port = await server.listen(settings.port);
  return { port, drain: () => drain(server, loaded, settings) };
}

async function drain(server: FunctionServer, loaded: LoadedFunction, settings: Settings): Promise<void> {
  server.beginDrain();
  await wait(settings.drainSeconds * 1000);
  await untilNobodyComes(server);
  const deadline = performance.now() + settings.timeoutSeconds * 1000 + shutdownMs;
  await within(deadline - shutdownMs, server.close());
  server.destroy();
  await within(deadline, Promise.resolve(loaded.shutdown?.(surroundingsOf(settings))));
}

async function untilNobodyComes(server: FunctionServer): Promise<void> {
  const latest = performance.now() + lateMs;
  const restMs = () => Math.min(latest, server.lateCallAt + quietMs) - performance.now();
  for (let ms = restMs(); ms > 0; ms = restMs()) await wait(ms);
}

async function within(deadline: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, wait(Math.max(0, deadline - performance.now()), undefined, { ref: false })]);
}

function surroundingsOf(settings: Settings): Surroundings {
  return {
    "function-name": settings.handler ?? "default",
    timeout: settings.timeoutSeconds,
    runtime: settings.runtime,
    "memory-limit": settings.memoryLimit,
  };
}

function logAccess(request: FunctionRequest, response: FunctionResponse): void {
  process.stdout.write(
    `${request.ip} - - [${new Date().toISOString()}] "${request.method} ${request.url} HTTP/${request.httpVersion}" ${response.statusCode}\n`,
  );
}
