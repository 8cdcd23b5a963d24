import { inspect } from "node:util";

/** What a function must not do to the process it shares with other calls. */
class FunctionExit extends Error {
  override readonly name = "FunctionExit";

  constructor(code: unknown) {
    super(
      `the function called process.exit(${code === undefined ? "" : inspect(code)}); the process goes on, with its other calls`,
    );
  }
}

/**
 * Keeps one call's mistake from ending the others: what is thrown or rejected when nobody listens is logged, and
 * `process.exit` throws into whoever calls it. Returns how to really exit.
 */
export function guardProcess(): (code: number) => never {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    throw new FunctionExit(code);
  };
  // Who read the output has gone: to say so would fail too, without end.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  process.on("uncaughtException", (error) => logLate("threw", error));
  process.on("unhandledRejection", (reason) => logLate("rejected", reason));
  return exit;
}

function logLate(what: string, error: unknown): void {
  process.stderr.write(`Function ${what} outside of a call: ${show(error)}\n`);
}

/** For the log, whatever was thrown. */
export function show(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return "something that cannot be shown";
  }
}
