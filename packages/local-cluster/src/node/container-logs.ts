import { rmSync } from "node:fs";
import { join } from "node:path";
import { LogFile, type LogLimits } from "./log-file.ts";
import { readTail } from "./log-reader.ts";
import type { Container } from "./pod.ts";
import type { ProcessExit } from "./processes.ts";

/** The logs of a container's present (or last) run and of the one before. */
export class ContainerLogs {
  readonly #folder: string;
  readonly #limits: LogLimits;
  readonly #now: () => number;
  #current: LogFile | undefined;
  #previous: LogFile | undefined;

  constructor(folder: string, limits: LogLimits, now: () => number) {
    this.#folder = folder;
    this.#limits = limits;
    this.#now = now;
  }

  get(previous: boolean): LogFile | undefined {
    return previous ? this.#previous : this.#current;
  }

  /** Begins the log of a new run; the one before the last is deleted. */
  open(restartCount: number): LogFile {
    if (this.#previous !== undefined) removeLog(this.#previous.path, this.#limits.maxFiles);
    this.#previous = this.#current;
    this.#current = new LogFile(join(this.#folder, `${restartCount}.log`), this.#limits, this.#now);
    return this.#current;
  }
}

/** V8 ends the process itself when the heap that the memory limit left to it is full. */
export function hasRunOutOfHeap(container: Container, exit: ProcessExit, log: LogFile): boolean {
  if (container.resources?.limits?.memory === undefined || exit.code !== 134) return false;
  return readTail(log.path, 80, 16_384).includes("heap out of memory");
}

function removeLog(path: string, maxFiles: number): void {
  rmSync(path, { force: true });
  for (let index = 1; index < maxFiles; index += 1) rmSync(`${path}.${index}`, { force: true });
}
