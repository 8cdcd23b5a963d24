import { existsSync, writeFileSync } from "node:fs";
import { RuntimeFailure } from "./errors.ts";
import { show } from "./guard.ts";

/**
 * Says why the process is about to end, where whoever looks will find it: as the last lines on stderr, and in the
 * termination log that Kubernetes shows as the container's message (only if it is there: nothing is created).
 */
export function leaveLastWords(terminationLog: string, reason: unknown): void {
  const words = RuntimeFailure.is(reason) ? describe(reason) : show(reason);
  process.stderr.write(`${words}\n`);
  if (!existsSync(terminationLog)) return;
  try {
    writeFileSync(terminationLog, words);
  } catch {
    // Not ours to write: stderr has it.
  }
}

function describe({ code, message, cause }: RuntimeFailure): string {
  const stack = code === "LOAD_FAILED" || code === "INIT_FAILED" ? `${show(cause)}\n` : "";
  return `${stack}${code}: ${message}`;
}
