import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** One line as it is kept and handed to those who follow. */
export interface LogLine {
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  readonly text: Buffer;
  /** False for a piece of a line longer than 16 KiB that goes on in the next entry. */
  readonly complete: boolean;
}

export interface LogLimits {
  /** A file beyond this is rotated; the kubelet's `containerLogMaxSize`, 10 MiB. */
  readonly maxBytes: number;
  /** Files kept per container, the live one included; the kubelet's `containerLogMaxFiles`, 5. */
  readonly maxFiles: number;
}

const longestPiece = 16 * 1024;

/**
 * What one run of a container wrote, in the format of the container runtimes: `<time> <stream> F|P <text>`. Rotated
 * files are `<path>.1` (the youngest) and up.
 */
export class LogFile {
  readonly path: string;
  readonly #limits: LogLimits;
  readonly #now: () => number;
  readonly #followers = new Set<(line: LogLine | undefined) => void>();
  readonly #open: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  #descriptor: number | undefined;
  #bytes = 0;
  #lastNanos = 0n;

  constructor(path: string, limits: LogLimits, now: () => number) {
    this.path = path;
    this.#limits = limits;
    this.#now = now;
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, "a", 0o600);
  }

  get isClosed(): boolean {
    return this.#descriptor === undefined;
  }

  write(stream: "stdout" | "stderr", chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#append(stream, chunk.subarray(start, end), true);
      start = end + 1;
    }
    if (start < chunk.length) this.#append(stream, chunk.subarray(start), false);
  }

  /** Writes what is left of unfinished lines and tells the followers that nothing more comes. */
  close(): void {
    if (this.#descriptor === undefined) return;
    for (const stream of ["stdout", "stderr"] as const) {
      const text = Buffer.concat(this.#open[stream]);
      if (text.length > 0) this.#writeLine({ time: this.#time(), stream, text, complete: false });
    }
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    for (const follower of this.#followers) follower(undefined);
    this.#followers.clear();
  }

  /** Calls back with every further line, and with undefined at the end. Returns what ends it. */
  follow(callback: (line: LogLine | undefined) => void): () => void {
    this.#followers.add(callback);
    return () => this.#followers.delete(callback);
  }

  #append(stream: "stdout" | "stderr", piece: Buffer, complete: boolean): void {
    const pieces = this.#open[stream];
    pieces.push(piece);
    const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (!complete && length < longestPiece) return;
    this.#open[stream] = [];
    const text = Buffer.concat(pieces);
    let start = 0;
    for (; text.length - start > longestPiece; start += longestPiece) {
      this.#writeLine({
        time: this.#time(),
        stream,
        text: text.subarray(start, start + longestPiece),
        complete: false,
      });
    }
    this.#writeLine({ time: this.#time(), stream, text: text.subarray(start), complete });
  }

  #writeLine(line: LogLine): void {
    if (this.#descriptor === undefined) return;
    const head = Buffer.from(`${line.time} ${line.stream} ${line.complete ? "F" : "P"} `);
    const entry = Buffer.concat([head, line.text, Buffer.from("\n")]);
    if (this.#bytes > 0 && this.#bytes + entry.length > this.#limits.maxBytes) this.#rotate(this.#descriptor);
    writeSync(this.#descriptor, entry);
    this.#bytes += entry.length;
    for (const follower of this.#followers) follower(line);
  }

  #rotate(descriptor: number): void {
    closeSync(descriptor);
    const { maxFiles } = this.#limits;
    rmSync(`${this.path}.${maxFiles - 1}`, { force: true });
    for (let index = maxFiles - 2; index >= 1; index -= 1)
      renameIfThere(`${this.path}.${index}`, `${this.path}.${index + 1}`);
    if (maxFiles > 1) renameIfThere(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, "w", 0o600);
    this.#bytes = 0;
  }

  /** Strictly rising, so that `sinceTime` of the last line read never repeats it. */
  #time(): string {
    const nanos = BigInt(this.#now()) * 1_000_000n;
    this.#lastNanos = nanos > this.#lastNanos ? nanos : this.#lastNanos + 1n;
    const seconds = new Date(Number(this.#lastNanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
    return `${seconds}.${String(this.#lastNanos % 1_000_000_000n).padStart(9, "0")}Z`;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
