import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";

const source = join(import.meta.dirname, "../..");
/** What Node has made of the sources, so that not every process makes it anew. */
const compiled = join(source, "../node_modules/.cache/compiled");

/** The program, from its sources, as a process of its own. */
export function spawnBin(args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(source, "bin.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  });
}
