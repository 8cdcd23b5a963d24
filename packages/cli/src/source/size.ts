import { MAX_SOURCE_BYTES } from "@kubeless/api-types";
import { toError } from "../errors.ts";
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
  throw toError("SourceTooLarge", {
    source: source.from,
    size: formatBytes(bytes),
    limit: formatBytes(MAX_SOURCE_BYTES),
    largest: source.isFolder
      ? `\nThe largest of its ${source.files.length} files:\n${largestOf(source)}`
      : "",
  });
}

/** `950 B`, `1.2 kB`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${value.toFixed(1)} ${unit}`;
}

function largestOf({ files }: Source): string {
  return files
    .toSorted((a, b) => b.bytes.length - a.bytes.length)
    .slice(0, 5)
    .map(({ path, bytes }) => `  ${formatBytes(bytes.length).padStart(9)}  ${path}`)
    .join("\n");
}
