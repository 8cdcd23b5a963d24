import {
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

export interface VolumeFile {
  readonly data: Buffer;
  readonly mode: number;
}

/** Relative path → file. */
export type VolumeFiles = ReadonlyMap<string, VolumeFile>;

const current = "..data";

/**
 * Writes a volume's files so that readers see either all old or all new ones, the way the kubelet does it: files lie in
 * a folder of their own, `..data` points to it and is swapped by one rename, and every visible name is a link through
 * `..data`. What else lies in the folder (the mounts of others) stays.
 */
export function writeAtomically(folder: string, files: VolumeFiles, generation: string): void {
  const fresh = `..${generation}`;
  mkdirSync(folder, { recursive: true });
  const old = readLink(join(folder, current));
  for (const [path, file] of files) writeFile(join(folder, fresh, path), file);
  if (files.size === 0) mkdirSync(join(folder, fresh), { recursive: true });
  symlinkSync(fresh, join(folder, `${current}_tmp`));
  renameSync(join(folder, `${current}_tmp`), join(folder, current));
  linkNames(folder, new Set([...files.keys()].map(firstSegment)));
  if (old !== undefined && old !== fresh) rmSync(join(folder, old), { recursive: true, force: true });
}

function writeFile(path: string, { data, mode }: VolumeFile): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data, { mode: mode | 0o400 });
}

function linkNames(folder: string, names: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    const isOurs = readLink(join(folder, name))?.startsWith(`${current}/`) ?? false;
    if (isOurs && !names.has(name)) rmSync(join(folder, name));
  }
  for (const name of names) {
    if (readLink(join(folder, name)) === undefined) symlinkSync(join(current, name), join(folder, name));
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function firstSegment(path: string): string {
  return path.split("/", 1)[0] ?? path;
}
