import type { Logger } from "../log/logger.ts";

export interface MainContext {
  /** Aborted by the first SIGTERM or SIGINT: stop taking work, finish what is under way, return. */
  readonly signal: AbortSignal;
}

export interface RunMainOptions {
  logger: Logger;
  /** How long draining may take before the process exits all the same, with 1. Default 25 s: a pod has 30. */
  drainTimeoutMs?: number | undefined;
}

/**
 * Runs a controller's `main` as the whole process: returns → exit 0, throws → the error is logged once and exit 1. The
 * first SIGTERM or SIGINT aborts the signal, the second exits at once with 128 + its number. A rejection that nobody
 * handles is logged and ends the process: the state is unknown, and Kubernetes starts it again.
 * The only place in this package that touches the process.
 */
export function runMain(main: (context: MainContext) => Promise<void>, options: RunMainOptions): void {
  const { logger, drainTimeoutMs = 25_000 } = options;
  const abort = new AbortController();

  const onSignal = (name: NodeJS.Signals, number: number) => {
    if (abort.signal.aborted) process.exit(128 + number);
    logger.info({ signal: name }, "Stopping; a second signal exits at once");
    abort.abort(new Error(`Stopped by ${name}.`));
    setTimeout(
      () => fail(new Error(`Draining took longer than ${drainTimeoutMs} ms.`)),
      drainTimeoutMs,
    ).unref();
  };

  const fail = (err: unknown) => {
    logger.error({ err }, "The process ends because of an error");
    process.exit(1);
  };

  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  main({ signal: abort.signal }).then(() => process.exit(0), fail);
}
