import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessFacts {
  readonly pid: number;
  readonly group: number;
  readonly session: number;
  /** Opaque; together with the pid it names one process for ever. Ascends with time on Linux. */
  readonly startTime: string;
  readonly cpuMs: number;
  /** Memory of its own, without what it shares with other processes (on macOS: resident memory). */
  readonly memoryBytes: number;
}

const isLinux = () => process.platform === "linux";

/** Every process of this machine that can be read; from /proc on Linux, from `ps` elsewhere. */
export function readProcesses(): readonly ProcessFacts[] {
  if (!isLinux()) return readPs(["-A"]);
  return readdirSync("/proc").flatMap((name) =>
    /^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : [],
  );
}

/** One process, or undefined when it is gone. */
export function readProcess(pid: number): ProcessFacts | undefined {
  if (!isLinux()) return readPs(["-p", String(pid)])[0];
  try {
    return parseProcStat(
      pid,
      readFileSync(`/proc/${pid}/stat`, "latin1"),
      readFileSync(`/proc/${pid}/statm`, "latin1"),
    );
  } catch {
    return undefined;
  }
}

/** Every process that was started with this in its environment; none where the system does not show it (macOS). */
export function processesWith(variable: string, value: string): number[] {
  if (!isLinux()) return [];
  const wanted = `${variable}=${value}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(wanted))
    .map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    return [];
  }
}

const ticksPerSecond = 100;
const pageBytes = 4096;

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the name may hold spaces and brackets. */
function parseProcStat(pid: number, stat: string, statm: string): ProcessFacts | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z") return undefined;
  const [, resident = 0, shared = 0] = statm.split(" ").map(Number);
  return {
    pid,
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime: fields[19] ?? "",
    cpuMs: ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000,
    memoryBytes: (resident - shared) * pageBytes,
  };
}

function readPs(selection: readonly string[]): ProcessFacts[] {
  let output: string;
  try {
    output = execFileSync("ps", [...selection, "-o", "pid=,pgid=,sess=,rss=,time=,lstart="], {
      encoding: "utf8",
    });
  } catch {
    return [];
  }
  return output.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(\S+)\s+(.+)$/.exec(line);
    if (match === null) return [];
    const [, pid, group, , rss, time = "", start = ""] = match;
    return {
      pid: Number(pid),
      group: Number(group),
      session: Number(group),
      startTime: String(Date.parse(start)),
      cpuMs: parseCpuTime(time),
      memoryBytes: Number(rss) * 1024,
    };
  });
}

/** `[[dd-]hh:]mm:ss[.cc]` */
function parseCpuTime(text: string): number {
  const [days, clock] = text.includes("-") ? text.split("-") : ["0", text];
  const seconds = (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}
