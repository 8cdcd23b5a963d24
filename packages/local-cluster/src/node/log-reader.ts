import { existsSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { LogFile, LogLine } from "./log-file.ts";
import type { LogOptions } from "./node-agent.ts";

/** A log's text as `kubectl logs` asks for it; with `follow` it ends when the container's run ends. */
export function readLog(log: LogFile, options: LogOptions, now: number): Readable {
  return Readable.from(limitBytes(readText(log, options, now), options.limitBytes), { objectMode: false });
}

/** The last bytes of a log, for FallbackToLogsOnError: at most `maxLines` lines and `maxBytes` bytes. */
export function readTail(path: string, maxLines: number, maxBytes: number): string {
  const lines = keepLast([...readLines(path)], maxLines).map(toText);
  const text = Buffer.concat(lines);
  return text.subarray(Math.max(0, text.length - maxBytes)).toString("utf8");
}

async function* readText(log: LogFile, options: LogOptions, now: number): AsyncGenerator<Buffer> {
  const live = options.follow && !log.isClosed ? new LineQueue(log) : undefined;
  try {
    const isWanted = createSinceFilter(options, now);
    const written = [...readLines(log.path)].filter(isWanted);
    const format = createFormat(options.timestamps ?? false);
    for (const line of keepLast(written, options.tailLines)) yield format(line);
    for await (const line of live ?? []) if (isWanted(line)) yield format(line);
  } finally {
    live?.close();
  }
}

/** What a log's followers were told and nobody has read yet. */
class LineQueue implements AsyncIterable<LogLine> {
  readonly #lines: (LogLine | undefined)[] = [];
  readonly #end: () => void;
  #wake: () => void = () => {};

  constructor(log: LogFile) {
    this.#end = log.follow((line) => {
      this.#lines.push(line);
      this.#wake();
    });
  }

  close(): void {
    this.#end();
    this.#lines.push(undefined);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogLine> {
    for (;;) {
      while (this.#lines.length > 0) {
        const line = this.#lines.shift();
        if (line === undefined) return;
        yield line;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function* readLines(path: string): Generator<LogLine> {
  for (const file of filesOf(path)) {
    const content = readFileSync(file);
    let start = 0;
    for (let end = content.indexOf(10); end !== -1; end = content.indexOf(10, start)) {
      const line = parseLine(content.subarray(start, end));
      if (line !== undefined) yield line;
      start = end + 1;
    }
  }
}

/** A log's files, the oldest first. */
function filesOf(path: string): string[] {
  const files = existsSync(path) ? [path] : [];
  for (let index = 1; existsSync(`${path}.${index}`); index += 1) files.unshift(`${path}.${index}`);
  return files;
}

function parseLine(entry: Buffer): LogLine | undefined {
  const head = /^(\S+) (stdout|stderr) ([FP]) /.exec(entry.subarray(0, 64).toString("latin1"));
  if (head === null) return undefined;
  const [whole, time = "", stream, tag] = head;
  return {
    time,
    stream: stream as "stdout" | "stderr",
    text: entry.subarray(whole.length),
    complete: tag === "F",
  };
}

function createSinceFilter({ sinceSeconds, sinceTime }: LogOptions, now: number): (line: LogLine) => boolean {
  const since =
    sinceTime ?? (sinceSeconds === undefined ? undefined : new Date(now - sinceSeconds * 1000).toISOString());
  if (since === undefined) return () => true;
  const earliest = toNanos(since);
  return ({ time }) => toNanos(time) >= earliest;
}

/** Nanoseconds of an RFC 3339 time with any number of decimals. */
function toNanos(time: string): bigint {
  const decimals = /\.(\d+)/.exec(time)?.[1] ?? "";
  const seconds = Date.parse(time.replace(/\.\d+/, "")) / 1000;
  return (
    BigInt(Number.isFinite(seconds) ? seconds : 0) * 1_000_000_000n +
    BigInt(decimals.slice(0, 9).padEnd(9, "0"))
  );
}

/** The last `count` lines, each with all of its pieces. */
function keepLast(lines: readonly LogLine[], count: number | undefined): readonly LogLine[] {
  if (count === undefined) return lines;
  let start = lines.length;
  for (let left = count; left > 0 && start > 0; left -= 1) {
    do start -= 1;
    while (start > 0 && lines[start - 1]?.complete === false);
  }
  return lines.slice(start);
}

function createFormat(timestamps: boolean): (line: LogLine) => Buffer {
  let atStart = true;
  return (line) => {
    const text = toText(line);
    const withTime = timestamps && atStart ? Buffer.concat([Buffer.from(`${line.time} `), text]) : text;
    atStart = line.complete;
    return withTime;
  };
}

function toText({ text, complete }: LogLine): Buffer {
  return complete ? Buffer.concat([text, Buffer.from("\n")]) : text;
}

async function* limitBytes(chunks: AsyncIterable<Buffer>, limit: number | undefined): AsyncGenerator<Buffer> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  for await (const chunk of chunks) {
    if (chunk.length >= left) {
      yield chunk.subarray(0, left);
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
}
