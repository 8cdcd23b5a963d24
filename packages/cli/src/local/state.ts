import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";

/** What `kubeless local up` leaves for other commands to find, in `~/.kubeless/local/platform.json`. */
export interface LocalPlatformState {
  readonly pid: number;
  readonly kubeconfig: string;
  /** The name of the context in that kubeconfig. */
  readonly context: string;
  /** The API server's address in it. */
  readonly server: string;
  /** Where HTTP triggers are served. */
  readonly ingress: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** Everything the local platform keeps; `kubeless local reset` removes it. */
export function localFolder(homeDirectory: string): string {
  return join(homeDirectory, ".kubeless", "local");
}

/** The local platform that runs now; undefined when none does, whatever an earlier one left. */
export function findLocalPlatform(homeDirectory: string): LocalPlatformState | undefined {
  const file = stateFile(homeDirectory);
  if (!existsSync(file)) return undefined;
  try {
    const state = JSON.parse(readFileSync(file, "utf8")) as LocalPlatformState;
    const isOurs = isAlive(state.pid) && !isOfFormerBoot(state);
    return isOurs && existsSync(state.kubeconfig) ? state : undefined;
  } catch {
    return undefined; // Half-written or not ours: as good as none.
  }
}

/** Says that a platform runs, in one step, so that nobody reads half of it. */
export function writeState(homeDirectory: string, state: LocalPlatformState): void {
  mkdirSync(localFolder(homeDirectory), { recursive: true, mode: 0o700 });
  const draft = `${stateFile(homeDirectory)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, stateFile(homeDirectory));
}

export function removeState(homeDirectory: string): void {
  rmSync(stateFile(homeDirectory), { force: true });
}

/** Signal 0 reaches a process without doing anything to it. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The machine was started since: the process that has this number now is another one. */
function isOfFormerBoot({ startedAt }: LocalPlatformState): boolean {
  const slackMs = 60_000; // The clock may have been set right since.
  return Date.parse(startedAt) < Date.now() - uptime() * 1000 - slackMs;
}

function stateFile(homeDirectory: string): string {
  return join(localFolder(homeDirectory), "platform.json");
}
