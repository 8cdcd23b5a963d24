import type { ProbeResult } from "./probes.ts";
import type { RunningProcess } from "./processes.ts";

const longestOutput = 10 * 1024;

/** Waits for a command a probe or hook has started; a failed one is told by its output. Killed after the timeout. */
export async function collectOutput(
  process: RunningProcess,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeResult> {
  const output: Buffer[] = [];
  let length = 0;
  const keep = (chunk: Buffer) => {
    if (length < longestOutput) output.push(chunk);
    length += chunk.length;
  };
  process.child.stdout?.on("data", keep);
  process.child.stderr?.on("data", keep);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    process.kill();
  }, timeoutMs);
  const { code } = await process.exit;
  clearTimeout(timer);
  if (isLate)
    return `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${timeoutMs / 1000}s`;
  if (code === 0) return undefined;
  return Buffer.concat(output).subarray(0, longestOutput).toString("utf8");
}
