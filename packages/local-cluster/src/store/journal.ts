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
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { GroupResource, KubeObject } from "../api/cluster-api.ts";
import type { Commit } from "./store.ts";

/** State on disk: a snapshot and the journal of what was written since. */
export interface SavedState {
  readonly revision: number;
  /** What was found on start; each only once. */
  objects(): Iterable<{ resource: GroupResource; key: string; object: KubeObject }>;
  /** Writes a commit before it is acknowledged; throws when the disk refuses it. */
  append(commit: Commit): void;
  close(): void;
}

export interface JournalOptions {
  readonly folder: string;
  /** Told of a repaired journal. */
  readonly onRepair: (message: string) => void;
  /** A new snapshot is written after this many commits; 10,000 by default. */
  readonly snapshotEvery?: number;
}

interface Line {
  r: GroupResource;
  k: string;
  v: number;
  o?: KubeObject;
}

/** Events happen again, and a pod of a former run is gone with it. */
const forgotten = new Set<GroupResource>(["events", "pods"]);

/**
 * Opens the state in a folder. A line is in the file before its write is acknowledged, so that killing the process
 * loses nothing acknowledged; a last line cut off by that is truncated.
 */
export function openJournal({ folder, onRepair, snapshotEvery = 10_000 }: JournalOptions): SavedState {
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
  if (existsSync(paths.snapshot)) for (const line of readLines(paths.snapshot, onRepair)) replay(line);
  if (existsSync(paths.journal)) for (const line of readLines(paths.journal, onRepair)) replay(line);
  writeSnapshot(paths.snapshot, objects.values(), revision);
  let journal = openSync(paths.journal, "w", 0o600);
  const found = [...objects.values()].filter(({ r }) => !forgotten.has(r));
  let commits = 0;
  return {
    revision: revision === 0 ? Date.now() : revision,
    objects: () =>
      found.flatMap(({ r, k, o }) => (o === undefined ? [] : [{ resource: r, key: k, object: o }])),
    append(commit) {
      const line: Line = {
        r: commit.resource,
        k: commit.key,
        v: commit.revision,
        ...(commit.object === undefined ? {} : { o: commit.object }),
      };
      if (!forgotten.has(commit.resource)) writeAll(journal, `${JSON.stringify(line)}\n`);
      else if (commits % 100 === 0)
        writeAll(journal, `${JSON.stringify({ r: "", k: "", v: commit.revision })}\n`);
      replay(forgotten.has(commit.resource) ? { r: "", k: "", v: commit.revision } : line);
      commits += 1;
      if (commits < snapshotEvery) return;
      commits = 0;
      writeSnapshot(paths.snapshot, objects.values(), revision);
      closeSync(journal);
      journal = openSync(paths.journal, "w", 0o600);
    },
    close() {
      writeSnapshot(paths.snapshot, objects.values(), revision);
      closeSync(journal);
      writeFileSync(paths.journal, "", { mode: 0o600 });
    },
  };
}

/** A write may take only part of the text when the disk is full: then the whole commit is refused. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

function writeSnapshot(path: string, lines: Iterable<Line>, revision: number): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w", 0o600);
  writeAll(file, `${JSON.stringify({ r: "", k: "", v: revision })}\n`);
  for (const line of lines) writeAll(file, `${JSON.stringify(line)}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(fresh, path);
}

function readLines(path: string, onRepair: (message: string) => void): Line[] {
  const text = readFileSync(path, "utf8");
  const lines: Line[] = [];
  let good = 0;
  for (const part of text.split("\n")) {
    const line = parseLine(part);
    if (line === undefined && part !== "") {
      repair(path, good, onRepair);
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

function repair(path: string, goodBytes: number, onRepair: (message: string) => void): void {
  const file = openSync(path, "r+");
  ftruncateSync(file, goodBytes);
  fdatasyncSync(file);
  closeSync(file);
  onRepair(`${path} ended in the middle of a line that was never acknowledged; it was cut off there`);
}
