import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { processesWith, readProcess, readProcesses } from "./process-list.ts";

export interface Launch {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: boolean;
  /** Of the first process of a run: what every process of that run has in its environment, wherever it has gone. */
  readonly mark?: string;
}

/** The variable that holds a run's mark. */
export const markVariable = "LOCAL_CLUSTER_RUN";

/** How a process ended: its code, or 128 + the number of the signal, as container runtimes report it. */
export interface ProcessExit {
  readonly code: number;
  readonly signal?: NodeJS.Signals;
}

export interface RunningProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves when the process has ended, the rest of its group has been killed and its output has been read. */
  readonly exit: Promise<ProcessExit>;
  /** Signals the process alone, as a container runtime signals process 1; harmless when it is gone. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL for the whole group. */
  kill(): void;
}

/**
 * Starts processes, each in a group of its own, and keeps one file per living one: its name is the pid, its text the
 * start time and the run's mark. A pid may be used again by the system, pid and start time together may not: so whatever a crashed run
 * left behind is found by the next one, and nothing else ever is.
 */
export class ProcessTable {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Throws (ENOENT, EACCES, …) when the program cannot be started. */
  async start({ argv, env, cwd, stdin, mark }: Launch): Promise<RunningProcess> {
    const [program = "", ...args] = argv;
    const child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const started = new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    const { pid } = child;
    if (pid !== undefined) this.#remember(pid, mark);
    const exit = pid === undefined ? undefined : this.#watch(child, pid, mark);
    await started;
    if (pid === undefined || exit === undefined) throw new Error(`${program} did not start`);
    return { pid, child, exit, signal: (name) => send(pid, name), kill: () => send(-pid, "SIGKILL") };
  }

  /** Kills what a crashed run has left; returns how many processes that were. */
  reap(): number {
    let killed = 0;
    const processes = readProcesses();
    for (const name of readdirSync(this.#folder)) {
      const pid = Number(name);
      const [startTime = "", mark] = readFileSync(join(this.#folder, name), "utf8").split(" ");
      if (processes.some((it) => it.pid === pid && it.startTime === startTime)) {
        killed += processes.filter(({ group }) => group === pid).length;
        send(-pid, "SIGKILL");
      } else if (!processes.some((it) => it.pid === pid)) {
        killed += killOrphans(processes, pid, Number(startTime));
      }
      killed += killMarked(mark);
      rmSync(join(this.#folder, name), { force: true });
    }
    return killed;
  }

  #remember(pid: number, mark: string | undefined): void {
    const startTime = readProcess(pid)?.startTime;
    if (startTime === undefined) return;
    const text = mark === undefined ? startTime : `${startTime} ${mark}`;
    writeFileSync(join(this.#folder, String(pid)), text, { mode: 0o600 });
  }

  async #watch(child: ChildProcess, pid: number, mark: string | undefined): Promise<ProcessExit> {
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const result = await new Promise<ProcessExit>((resolve) => {
      child.once("exit", (code, signal) => resolve(toExit(code, signal)));
    });
    send(-pid, "SIGKILL");
    killMarked(mark);
    await Promise.race([closed, outputTimeout()]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    rmSync(join(this.#folder, String(pid)), { force: true });
    return result;
  }
}

/** Kills those that have left their group, and what they start meanwhile; returns how many there were. */
function killMarked(mark: string | undefined): number {
  if (!mark) return 0;
  const killed = new Set<number>();
  for (let round = 0; round < 5; round += 1) {
    const found = processesWith(markVariable, mark).filter((pid) => !killed.has(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      send(pid, "SIGKILL");
      killed.add(pid);
    }
  }
  return killed.size;
}

/** A grandchild that left the group may hold the pipes open for ever; what it writes later is not waited for. */
function outputTimeout(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_000).unref());
}

function toExit(code: number | null, signal: NodeJS.Signals | null): ProcessExit {
  if (signal === null) return { code: code ?? 1 };
  return { code: 128 + constants.signals[signal], signal };
}

/** A negative number means the group. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/**
 * The leader is gone, members of its session may live. The system gives no new process the number of a group that has
 * members, so those that are in the session of that number and began no earlier than the leader are its children.
 */
function killOrphans(processes: ReturnType<typeof readProcesses>, leader: number, startTime: number): number {
  const orphans = processes.filter(
    (it) => it.group === leader && it.session === leader && Number(it.startTime) >= startTime,
  );
  for (const { pid } of orphans) send(pid, "SIGKILL");
  return orphans.length;
}
