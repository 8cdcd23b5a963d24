import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { toError } from "../errors.ts";
import { type IgnoreRules, loadIgnoreRules } from "./ignore-rules.ts";
import { checkFolderSize, type SizedFile } from "./size.ts";

export interface FolderFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/**
 * The files of a folder that are not ignored, ordered by path. A link to a file within the folder stands for that file;
 * one that leads out of it, or to a folder, is refused: following it could publish what was never meant to be.
 * @throws CliError SourceUnreadable, EmptyFolder, SourceTooLarge
 */
export function readFolder(root: string): readonly FolderFile[] {
  const found = [...walk(root, "", loadIgnoreRules(root))];
  if (found.length === 0) throw toError("EmptyFolder", { folder: root });
  checkFolderSize(root, found);
  return found
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, executable }) => ({
      path,
      bytes: read(join(root, path), (file) => readFileSync(file)),
      executable,
    }));
}

interface FoundFile extends SizedFile {
  readonly executable: boolean;
}

function* walk(root: string, folder: string, rules: IgnoreRules): Generator<FoundFile> {
  for (const entry of read(join(root, folder), (path) => readdirSync(path, { withFileTypes: true }))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (rules.ignores(path, entry.isDirectory())) continue;
    if (entry.isDirectory()) yield* walk(root, path, rules.enter(path));
    else if (entry.isFile() || entry.isSymbolicLink()) yield findFile(root, path, entry);
  }
}

function findFile(root: string, path: string, entry: Dirent): FoundFile {
  return read(join(root, path), (file) => {
    if (entry.isSymbolicLink()) checkLink(root, file);
    const { size, mode } = statSync(file);
    return { path, size, executable: (mode & 0o100) !== 0 };
  });
}

function read<T>(path: string, reader: (path: string) => T): T {
  try {
    return reader(path);
  } catch (error) {
    throw toError("SourceUnreadable", { source: path, cause: (error as Error).message }, { cause: error });
  }
}

function checkLink(root: string, file: string): void {
  const target = realpathSync(file);
  if (relative(realpathSync(root), target).startsWith(".."))
    throw new Error(
      "it is a link that leads out of the folder; copy the file, or name the link in .kubelessignore",
    );
  if (statSync(target).isDirectory())
    throw new Error("it is a link to a folder; copy the folder, or name the link in .kubelessignore");
}
