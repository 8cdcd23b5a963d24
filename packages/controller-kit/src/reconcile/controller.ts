import { type Logger, silentLogger } from "../log/logger.ts";
import { type ControllerMetrics, noControllerMetrics } from "./controller-metrics.ts";
import { failed, type Result } from "./result.ts";
import { createWorkQueue, type WorkQueueOptions } from "./work-queue.ts";

export interface ControllerOptions {
  /** For logs and metrics. */
  name: string;
  /** Makes the object of that key (`namespace/name`) as it should be, from the current state. A throw is `error`. */
  reconcile(key: string, signal: AbortSignal): Promise<Result>;
  /** Keys worked on at a time. Default 8. */
  workers?: number | undefined;
  queue?: WorkQueueOptions | undefined;
  logger?: Logger | undefined;
  metrics?: ControllerMetrics | undefined;
  /** How long one key may take before the controller counts as stuck. Default 5 minutes. */
  stuckAfterMs?: number | undefined;
}

/** Runs `reconcile` for keys, several at a time, each key by one worker at a time. */
export interface Controller {
  readonly name: string;
  enqueue(key: string): void;
  start(): void;
  /** Takes nothing more; resolves when what is being worked on is finished. `reconcile`'s signal is aborted. */
  stop(): Promise<void>;
  /** Undefined while it makes progress, else what it is stuck at. */
  stuck(): string | undefined;
  /** Resolves when nothing is queued or worked on (delayed keys do not count). */
  idle(): Promise<void>;
}

export function createController(options: ControllerOptions): Controller {
  const { name, workers = 8, logger = silentLogger, metrics = noControllerMetrics } = options;
  const { stuckAfterMs = 300_000 } = options;
  const queue = createWorkQueue(options.queue);
  const abort = new AbortController();
  const startedAt = new Map<string, number>();
  const idlers: (() => void)[] = [];
  let running: Promise<unknown> = Promise.resolve();

  async function reconcile(key: string): Promise<Result> {
    try {
      return await options.reconcile(key, abort.signal);
    } catch (error) {
      return failed(error);
    }
  }

  function settle(key: string, result: Result): void {
    if (result.outcome === "error") {
      settleError(key, result.error);
      return;
    }
    queue.forget(key);
    if (result.outcome === "requeueAfter") queue.addAfter(key, result.delayMs);
    if (result.outcome === "terminal") {
      logger.warn({ controller: name, key, reason: result.message }, "Cannot be done until it changes");
    }
  }

  function settleError(key: string, err: unknown): void {
    if (abort.signal.aborted) return;
    const delayMs = Math.round(queue.addAfterFailure(key));
    logger.warn({ controller: name, key, delayMs, err }, "Failed; trying again later");
  }

  async function work(): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      const began = performance.now();
      startedAt.set(key, began);
      const result = await reconcile(key);
      startedAt.delete(key);
      metrics.reconciled(name, result.outcome, (performance.now() - began) / 1000);
      settle(key, result);
      queue.finish(key);
      tellIdle();
    }
  }

  function tellIdle(): void {
    if (queue.ready + queue.active > 0) return;
    for (const resolve of idlers.splice(0)) resolve();
  }

  return {
    name,
    enqueue: queue.add,
    start() {
      metrics.observe(name, queue);
      running = Promise.all(Array.from({ length: workers }, work));
    },
    async stop() {
      queue.close();
      abort.abort(new Error("The controller is stopping."));
      await running;
    },
    stuck() {
      const oldest = [...startedAt].find(([, since]) => performance.now() - since > stuckAfterMs);
      return oldest && `${name} has worked on ${oldest[0]} for more than ${stuckAfterMs / 1000} s`;
    },
    idle() {
      const { promise, resolve } = Promise.withResolvers<void>();
      idlers.push(resolve);
      tellIdle();
      return promise;
    },
  };
}
