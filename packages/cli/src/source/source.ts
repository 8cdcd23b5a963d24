import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { toError } from "../errors.ts";
import type { World } from "../world.ts";
import { archiveSuffix, encodeSource, isUrl } from "./content-type.ts";
import { type FolderFile, readFolder } from "./folder.ts";
import { checkFileSize } from "./size.ts";
import { zip } from "./zip.ts";

/** A function's source as it goes into a Function object. */
export interface Source {
  /** `spec.function`. */
  readonly text: string;
  /** `spec.function-content-type`. */
  readonly contentType: string;
  /** `spec.checksum`: of the bytes before they were encoded; of a URL, of what it gives now. */
  readonly checksum: string;
  /** What it was read from, for messages. */
  readonly from: string;
  /** The source files by path, as far as they can be seen from here: one for a file, all for a folder, none else. */
  readonly files: readonly FolderFile[];
  readonly isFolder: boolean;
}

type Place = Pick<World, "workingDirectory" | "fetch" | "signal">;

/**
 * Reads what `--from-file` names: a file, a folder (which is zipped) or a URL (which stays where it is and is
 * downloaded for its checksum only).
 * @throws CliError SourceUnreadable, EmptyFolder, SourceTooLarge
 */
export async function loadSource(from: string, place: Place): Promise<Source> {
  if (isUrl(from)) return loadUrl(from, place);
  const path = resolve(place.workingDirectory, from);
  const found = await readable(from, () => stat(path));
  if (found.isDirectory()) return packFolder(from, path);
  checkFileSize(from, found.size);
  return loadFile(from, path);
}

/** Reads the text of a dependency file, from a path or a URL. */
export async function loadText(from: string, place: Place): Promise<string> {
  const bytes = isUrl(from)
    ? await download(from, place)
    : await readable(from, () => readFile(resolve(place.workingDirectory, from)));
  return new TextDecoder().decode(bytes);
}

async function loadUrl(url: string, place: Place): Promise<Source> {
  const body = await download(url, place);
  return {
    text: url,
    contentType: `url${archiveSuffix(url)}`,
    checksum: checksumOf(body),
    from: url,
    files: archiveSuffix(url) === "" ? [{ path: nameOfUrl(url), bytes: body, executable: false }] : [],
    isFolder: false,
  };
}

async function loadFile(from: string, path: string): Promise<Source> {
  const bytes = await readable(from, () => readFile(path));
  const isArchive = archiveSuffix(path) !== "";
  return {
    ...encodeSource(path, bytes),
    checksum: checksumOf(bytes),
    from,
    files: isArchive ? [] : [{ path: basename(path), bytes, executable: false }],
    isFolder: false,
  };
}

async function packFolder(from: string, path: string): Promise<Source> {
  const files = readFolder(path);
  const packed = await zip(files);
  return {
    text: Buffer.from(packed).toString("base64"),
    contentType: `base64+zip${hasDependencies(files) ? "+deps" : ""}`,
    checksum: checksumOf(packed),
    from,
    files,
    isFolder: true,
  };
}

/** A folder brings its dependencies itself when its package.json names some. */
function hasDependencies(files: readonly FolderFile[]): boolean {
  const manifest = files.find(({ path }) => path === "package.json");
  if (manifest === undefined) return false;
  try {
    const parsed = JSON.parse(new TextDecoder().decode(manifest.bytes)) as { dependencies?: object } | null;
    return Object.keys(parsed?.dependencies ?? {}).length > 0;
  } catch (error) {
    throw toError(
      "SourceUnreadable",
      { source: "package.json", cause: (error as Error).message },
      { cause: error },
    );
  }
}

async function download(url: string, { fetch, signal }: Place): Promise<Uint8Array> {
  const answer = await readable(url, () => fetch(url, { signal, redirect: "follow" }));
  if (!answer.ok)
    throw toError("SourceUnreadable", {
      source: url,
      cause: `HTTP ${answer.status} ${answer.statusText}`.trim(),
    });
  return readable(url, async () => new Uint8Array(await answer.arrayBuffer()));
}

async function readable<T>(source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw toError("SourceUnreadable", { source, cause: reasonOf(error) }, { cause: error });
  }
}

/** fetch hides why it failed in its cause. */
function reasonOf(error: unknown): string {
  const { cause, code, message } = error as Error & { code?: string };
  if (code === "ENOENT") return "it does not exist";
  if (code === "EACCES") return "permission denied";
  return cause instanceof Error ? cause.message : message;
}

function checksumOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function nameOfUrl(url: string): string {
  return basename(new URL(url).pathname);
}
