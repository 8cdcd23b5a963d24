import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { GroupResource, KubeObject } from "../api/cluster-api.ts";
import type { Commit } from "./store.ts";

/** State on disk: a snapshot and the journal of what was written since. */
export interface SavedState {
  /** Above every revision of the former run, so that its watchers list anew and hear of what was forgotten. */
  readonly revision: number;
  /** What was found on start; each only once. */
  objects(): Iterable<{ resource: GroupResource; key: string; object: KubeObject }>;
  /** Writes a commit before it is acknowledged; throws when the disk refuses it. */
  append(commit: Commit): void;
  close(): void;
}

export interface JournalOptions {
  readonly folder: string;
  /** Told of a repaired journal, and of a snapshot that could not be written. */
  readonly warn: (message: string) => void;
  /** A new snapshot is written after this many commits; 10,000 by default. */
  readonly snapshotEvery?: number;
}

interface Line {
  r: GroupResource;
  k: string;
  v: number;
  o?: KubeObject;
}

/** Events are of the moment. */
const forgotten = new Set<GroupResource>(["events"]);
/** Of commits that are not kept, every so manieth is written for its revision. */
const revisionEvery = 100;

/**
 * Opens the state in a folder. A line is in the file before its write is acknowledged, so that killing the process
 * loses nothing acknowledged; a last line cut off by that is truncated.
 */
export function openJournal({ folder, warn, snapshotEvery = 10_000 }: JournalOptions): SavedState {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const paths = { snapshot: join(folder, "snapshot.jsonl"), journal: join(folder, "journal.jsonl") };
  const objects = new Map<string, Line>();
  let revision = 0;
  const replay = (line: Line) => {
    const at = `${line.r} ${line.k}`;
    if (line.o === undefined) objects.delete(at);
    else objects.set(at, line);
    revision = Math.max(revision, line.v);
  };
  if (existsSync(paths.snapshot)) for (const line of readLines(paths.snapshot, warn)) replay(line);
  if (existsSync(paths.journal)) for (const line of readLines(paths.journal, warn)) replay(line);
  const snapshot = () => writeSnapshot(paths.snapshot, objects.values(), revision);
  snapshot();
  const lines = openLines(paths.journal);
  const found = [...objects.values()].filter(({ r }) => !forgotten.has(r));
  let commits = 0;
  return {
    revision: revision === 0 ? Date.now() : revision + revisionEvery,
    objects: () =>
      found.flatMap(({ r, k, o }) => (o === undefined ? [] : [{ resource: r, key: k, object: o }])),
    append(commit) {
      const line: Line = {
        r: commit.resource,
        k: commit.key,
        v: commit.revision,
        ...(commit.object === undefined ? {} : { o: kept(commit.resource, commit.object) }),
      };
      if (!forgotten.has(commit.resource)) lines.append(line);
      else if (commits % revisionEvery === 0) lines.append({ r: "", k: "", v: commit.revision });
      replay(forgotten.has(commit.resource) ? { r: "", k: "", v: commit.revision } : line);
      commits += 1;
      if (commits < snapshotEvery) return;
      commits = 0;
      try {
        snapshot();
        lines.empty();
      } catch (error) {
        warn(`no snapshot of the cluster's state: ${(error as Error).message}; its journal goes on`);
      }
    },
    close() {
      snapshot();
      lines.empty();
      lines.close();
    },
  };
}

/** What a pod is doing ends with the cluster; how it ended does not. */
function kept(resource: GroupResource, object: KubeObject): KubeObject {
  const { phase, qosClass } = (object as PodObject).status ?? {};
  if (resource !== "pods" || phase === "Succeeded" || phase === "Failed") return object;
  return { ...object, status: { phase: "Pending", qosClass } } as KubeObject;
}

type PodObject = KubeObject & { readonly status?: { readonly phase?: string; readonly qosClass?: string } };

/** An empty file that grows by whole lines: one that the disk takes only a part of is taken back, and refused. */
function openLines(path: string): { append(line: Line): void; empty(): void; close(): void } {
  const file = openSync(path, "w", 0o600);
  let size = 0;
  return {
    append(line) {
      try {
        size += writeAll(file, `${JSON.stringify(line)}\n`, size);
      } catch (error) {
        ftruncateSync(file, size);
        throw error;
      }
    },
    empty() {
      ftruncateSync(file, 0);
      size = 0;
    },
    close: () => closeSync(file),
  };
}

/** Writes at a position of the file; returns the number of bytes. */
function writeAll(file: number, text: string, position: number): number {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length)
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  return bytes.length;
}

function writeSnapshot(path: string, lines: Iterable<Line>, revision: number): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w", 0o600);
  let size = writeAll(file, `${JSON.stringify({ r: "", k: "", v: revision })}\n`, 0);
  for (const line of lines) size += writeAll(file, `${JSON.stringify(line)}\n`, size);
  fsyncSync(file);
  closeSync(file);
  renameSync(fresh, path);
}

function readLines(path: string, warn: (message: string) => void): Line[] {
  const text = readFileSync(path, "utf8");
  const lines: Line[] = [];
  let good = 0;
  for (const part of text.split("\n")) {
    const line = parseLine(part);
    if (line === undefined && part !== "") {
      repair(path, good, warn);
      break;
    }
    good += Buffer.byteLength(part) + 1;
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

function parseLine(text: string): Line | undefined {
  try {
    return text === "" ? undefined : (JSON.parse(text) as Line);
  } catch {
    return undefined;
  }
}

function repair(path: string, goodBytes: number, warn: (message: string) => void): void {
  const file = openSync(path, "r+");
  ftruncateSync(file, goodBytes);
  fdatasyncSync(file);
  closeSync(file);
  warn(`${path} ended in the middle of a line that was never acknowledged; it was cut off there`);
}
