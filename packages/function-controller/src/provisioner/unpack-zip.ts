import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import type { Destination } from "./destination.ts";
import { ProvisionError, type ProvisionFault } from "./errors.ts";

const TYPE_BITS = 0o170000;
const TYPES = { unknown: 0, folder: 0o040000, file: 0o100000, symlink: 0o120000 } as const;
const MAX_LINK_BYTES = 4096;

/** Unpacks the zip archive `file`; sizes and checksums of its directory are held against what is really there. */
export async function unpackZip(file: string, destination: Destination): Promise<void> {
  try {
    const zip = await openPromise(file);
    for await (const entry of zip.eachEntry()) await addEntry(zip, entry, destination);
  } catch (error) {
    throw translate(error);
  }
}

async function addEntry(zip: ZipFile, entry: Entry, destination: Destination): Promise<void> {
  const mode = entry.externalFileAttributes >>> 16;
  const type = mode & TYPE_BITS;
  if (entry.isEncrypted()) {
    throw new ProvisionError("UnsupportedArchive", `${JSON.stringify(entry.fileName)} is encrypted`);
  }
  if (entry.fileName.endsWith("/")) return await destination.addFolder(entry.fileName);
  if (type === TYPES.symlink) return destination.addSymlink(entry.fileName, await readLink(zip, entry));
  if (type !== TYPES.file && type !== TYPES.unknown) {
    throw new ProvisionError("UnsafeArchive", `${JSON.stringify(entry.fileName)} is no file, folder or link`);
  }
  await destination.addFile(entry.fileName, verifiedContent(zip, entry), mode);
}

async function readLink(zip: ZipFile, entry: Entry): Promise<string> {
  if (entry.uncompressedSize > MAX_LINK_BYTES) {
    throw new ProvisionError("UnsafeArchive", `the link ${JSON.stringify(entry.fileName)} is too long`);
  }
  return (await buffer(verifiedContent(zip, entry))).toString("utf8");
}

/** yauzl compares sizes, not checksums. */
async function* verifiedContent(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) {
    throw new ProvisionError(
      "DamagedArchive",
      `${JSON.stringify(entry.fileName)} differs from its checksum in the archive`,
    );
  }
}

function translate(error: unknown): unknown {
  if (error instanceof ProvisionError || !(error instanceof Error) || "syscall" in error) return error;
  return new ProvisionError(toCode(error.message), `zip: ${error.message.replace(/\.$/, "")}`, {
    cause: error,
  });
}

function toCode(said: string): ProvisionFault {
  if (/^(invalid relative path|absolute path|invalid characters)/.test(said)) return "UnsafeArchive";
  return said.startsWith("unsupported compression method") ? "UnsupportedArchive" : "DamagedArchive";
}
