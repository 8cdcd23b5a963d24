import { closeSync, openSync, readSync } from "node:fs";
import { readTail } from "./log-reader.ts";
import type { Container } from "./pod.ts";

/**
 * What a container says about its end: its termination log, or the end of its output when it failed without a word and
 * its policy is FallbackToLogsOnError. Limits: https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/
 */
export function readLastWords(
  container: Container,
  exitCode: number,
  terminationLog: string,
  logPath: string,
): string | undefined {
  const written = readHead(terminationLog, 4096);
  if (written !== "") return written;
  if (container.terminationMessagePolicy !== "FallbackToLogsOnError" || exitCode === 0) return undefined;
  return readTail(logPath, 80, 2048) || undefined;
}

function readHead(path: string, length: number): string {
  try {
    const file = openSync(path, "r");
    const buffer = Buffer.alloc(length);
    const count = readSync(file, buffer, 0, length, 0);
    closeSync(file);
    return buffer.subarray(0, count).toString("utf8");
  } catch {
    return "";
  }
}
