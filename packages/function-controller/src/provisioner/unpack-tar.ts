import { once } from "node:events";
import type { Readable } from "node:stream";
import { Parser, type ReadEntry } from "tar";
import type { Destination } from "./destination.ts";
import { ProvisionError } from "./errors.ts";

const BLOCK_BYTES = 512;

/** Unpacks a tar archive that is already decompressed. Anything but files, folders and links is refused. */
export async function unpackTar(archive: Readable, destination: Destination): Promise<void> {
  const { promise: failure, reject: fail } = Promise.withResolvers<never>();
  let done = Promise.resolve();
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      done = done.then(() => addEntry(entry, destination));
      done.catch(fail);
    },
  });
  parser.on("ignoredEntry", (entry: ReadEntry) => fail(refuse(entry)));
  parser.on("error", (error: Error) => fail(translate(error)));
  await Promise.race([failure, feed(archive, parser)]);
  await done;
}

async function feed(archive: Readable, parser: Parser): Promise<void> {
  let bytes = 0;
  let end: Uint8Array = new Uint8Array();
  for await (const chunk of archive as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    end = Buffer.concat([end, chunk.subarray(-BLOCK_BYTES)]).subarray(-BLOCK_BYTES);
    if (!parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))) await once(parser, "drain");
  }
  // Every archive ends with blocks of zeros; without them it may have been cut off between two files.
  const isWhole = bytes > 0 && bytes % BLOCK_BYTES === 0 && end.every((byte) => byte === 0);
  if (!isWhole) throw new ProvisionError("DamagedArchive", "tar: the archive is cut off, or no tar at all");
  const ended = once(parser, "end");
  parser.end();
  await ended;
}

async function addEntry(entry: ReadEntry, destination: Destination): Promise<void> {
  if (isSparse(entry)) throw refuse(entry, "SparseFile");
  switch (entry.type) {
    case "File":
    case "OldFile":
    case "ContiguousFile":
      return await destination.addFile(entry.path, entry, entry.mode);
    case "Directory":
    case "GNUDumpDir":
      entry.resume();
      return await destination.addFolder(entry.path);
    case "SymbolicLink":
      entry.resume();
      return destination.addSymlink(entry.path, entry.linkpath ?? "");
    case "Link":
      entry.resume();
      return destination.addHardLink(entry.path, entry.linkpath ?? "");
    default:
      throw refuse(entry);
  }
}

/** A file with holes in GNU tar's pax format: its content begins with where they are, only its folder's name tells. */
function isSparse({ path }: ReadEntry): boolean {
  return /(^|\/)GNUSparseFile\.\d+\//.test(path);
}

function refuse(entry: ReadEntry, type: string = entry.type): ProvisionError {
  const name = JSON.stringify(entry.path);
  return new ProvisionError("UnsafeArchive", `${name} is of the type ${type}, and no file, folder or link`);
}

function translate(error: Error): ProvisionError {
  return new ProvisionError("DamagedArchive", `tar: ${error.message.replace(/^TAR_\w+: /, "")}`, {
    cause: error,
  });
}
