import type { FolderFile } from "./folder.ts";

/**
 * Packs files as zip. The same files give the same bytes whenever and wherever they are packed, so that deploying an
 * unchanged folder again changes nothing in the cluster.
 */
export async function zip(files: readonly FolderFile[]): Promise<Uint8Array> {
  const { zipSync } = await import("fflate");
  const mtime = new Date(1980, 0, 1); // The first day zip can write, in the zone it is written in.
  return zipSync(
    Object.fromEntries(
      files.map(({ path, bytes, executable }) => [
        path,
        [bytes, { level: 9, mtime, os: 3, attrs: attributes(executable) }],
      ]),
    ),
  );
}

/** A regular file's mode in the upper 16 bits, as Info-ZIP writes it for Unix. */
function attributes(executable: boolean): number {
  return (executable ? 0o100755 : 0o100644) * 65_536;
}
