import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { toError } from "../errors.ts";
import { type IgnoreRules, loadIgnoreRules } from "./ignore-rules.ts";

export interface FolderFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/**
 * The files of a folder that are not ignored, ordered by path. A link to a file within the folder stands for that file;
 * one that leads out of it, or to a folder, is refused: following it could publish what was never meant to be.
 * @throws CliError SourceUnreadable, EmptyFolder
 */
export function readFolder(root: string): readonly FolderFile[] {
  const files = [...walk(root, "", loadIgnoreRules(root))];
  if (files.length === 0) throw toError("EmptyFolder", { folder: root });
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function* walk(root: string, folder: string, rules: IgnoreRules): Generator<FolderFile> {
  for (const entry of listFolder(join(root, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (rules.ignores(path, entry.isDirectory())) continue;
    if (entry.isDirectory()) yield* walk(root, path, rules.enter(path));
    else if (entry.isFile() || entry.isSymbolicLink()) yield readEntry(root, path, entry);
  }
}

function listFolder(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw toError("SourceUnreadable", { source: folder, cause: (error as Error).message }, { cause: error });
  }
}

function readEntry(root: string, path: string, entry: Dirent): FolderFile {
  const file = join(root, path);
  try {
    if (entry.isSymbolicLink()) checkLink(root, file);
    const executable = (statSync(file).mode & 0o100) !== 0;
    return { path, bytes: readFileSync(file), executable };
  } catch (error) {
    throw toError("SourceUnreadable", { source: file, cause: (error as Error).message }, { cause: error });
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
