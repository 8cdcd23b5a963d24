import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What `kubeless local up` leaves for other commands to find, in `~/.kubeless/local/platform.json`. */
export interface LocalPlatformState {
  readonly pid: number;
  /** Opaque; when it started. A process number is given again, the two together are not. */
  readonly pidStart: string;
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
    return startOf(state.pid) === state.pidStart && existsSync(state.kubeconfig) ? state : undefined;
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

/** When the process of this number started; undefined when there is none. Linux tells it in /proc, others by `ps`. */
export function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== "linux")
      return execFileSync("ps", ["-p", String(pid), "-o", "lstart="], { encoding: "utf8" }).trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the name may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function stateFile(homeDirectory: string): string {
  return join(localFolder(homeDirectory), "platform.json");
}
