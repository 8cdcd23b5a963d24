import { MAX_SOURCE_BYTES } from "@kubeless/api-types";
import { type CliError, toError } from "../errors.ts";
import type { Source } from "./source.ts";

/**
 * Source and dependencies travel in the object, as they are encoded there; more than fits is refused here, with what
 * takes the room, before the API server does.
 * @throws CliError SourceTooLarge
 */
export function checkSize(source: Source | undefined, dependencies: string | undefined): void {
  if (source === undefined) return;
  const bytes = Buffer.byteLength(source.text) + Buffer.byteLength(dependencies ?? "");
  if (bytes <= MAX_SOURCE_BYTES) return;
  const files = source.files.map(({ path, bytes: { length } }) => ({ path, size: length }));
  throw tooLarge(source.from, formatBytes(bytes), source.isFolder ? files : []);
}

export interface SizedFile {
  readonly path: string;
  readonly size: number;
}

/**
 * Refuses, before it is read, a file that is over the limit as it is.
 * @throws CliError SourceTooLarge
 */
export function checkFileSize(from: string, bytes: number): void {
  if (bytes > MAX_SOURCE_BYTES) throw tooLarge(from, formatBytes(bytes), []);
}

/**
 * Refuses, before they are read, files that no packing can bring under the limit.
 * @throws CliError SourceTooLarge
 */
export function checkFolderSize(from: string, files: readonly SizedFile[]): void {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_SOURCE_BYTES * BEST_RATIO)
    throw tooLarge(from, `more than ${formatBytes(MAX_SOURCE_BYTES)}`, files);
}

/** Deflate spends two bits on 258 bytes at the least. */
const BEST_RATIO = 1032;

/** `950 B`, `1.2 kB`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${value.toFixed(1)} ${unit}`;
}

function tooLarge(source: string, size: string, files: readonly SizedFile[]): CliError {
  const largest = files.toSorted((a, b) => b.size - a.size).slice(0, 5);
  const lines = largest.map(({ path, size: bytes }) => `  ${formatBytes(bytes).padStart(9)}  ${path}`);
  return toError("SourceTooLarge", {
    source,
    size,
    limit: formatBytes(MAX_SOURCE_BYTES),
    largest: files.length === 0 ? "" : `\nThe largest of its ${files.length} files:\n${lines.join("\n")}`,
  });
}
