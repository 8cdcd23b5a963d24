import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { detectCompression, openDecompressed } from "./decompress.ts";
import { Destination } from "./destination.ts";
import { ProvisionError } from "./errors.ts";
import { type Fetched, fetchSource, type SourceEncoding } from "./fetch-source.ts";
import type { Limits } from "./limits.ts";
import { unpackTar } from "./unpack-tar.ts";
import { unpackZip } from "./unpack-zip.ts";

export type SourceFormat = "file" | "zip" | "tar";

export interface ProvisionRequest {
  /** The file that holds the source, its base64, or its URL; absent: only dependencies are put in place. */
  readonly source?: string | undefined;
  readonly encoding: SourceEncoding;
  readonly format: SourceFormat;
  /** What the source is called in the destination when it is a single file. */
  readonly name: string;
  /** 64 hexadecimal digits that the source's bytes must hash to. */
  readonly sha256?: string | undefined;
  /** The file of dependencies to put beside the source. */
  readonly dependencies?: { readonly from: string; readonly name: string } | undefined;
  readonly destination: string;
  /** Where there is room for what was fetched until it is unpacked. */
  readonly temporaryFolder: string;
  readonly limits: Limits;
}

/** What was put in place: the source's size and SHA-256 as fetched, and what it came to unpacked. */
export interface Provisioned extends Fetched {
  readonly unpackedBytes: number;
  readonly files: number;
}

/**
 * Fetches a function's source, verifies its checksum, and only then puts it in place. Running it again over its own
 * result is harmless. Throws a ProvisionError that says what is wrong with the source.
 */
export async function provision(request: ProvisionRequest): Promise<Provisioned | undefined> {
  const destination = await Destination.open(request.destination, request.limits);
  const provisioned =
    request.source === undefined ? undefined : await provisionSource(request.source, request, destination);
  if (request.dependencies !== undefined) {
    const { from, name } = request.dependencies;
    await destination.addFile(name, createReadStream(from));
  }
  return provisioned;
}

async function provisionSource(
  source: string,
  request: ProvisionRequest,
  destination: Destination,
): Promise<Provisioned> {
  const folder = await mkdtemp(join(request.temporaryFolder, "provision-"));
  try {
    const file = join(folder, "source");
    const fetched = await fetchSource(source, request.encoding, file, request.limits.maxSourceBytes);
    verify(fetched, request.sha256);
    await unpack(file, request, destination);
    await destination.finish();
    return { ...fetched, unpackedBytes: destination.bytes, files: destination.entries };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function verify(fetched: Fetched, expected: string | undefined): void {
  if (expected === undefined || expected.toLowerCase() === fetched.sha256) return;
  const what = `the source's checksum is sha256:${fetched.sha256}, not sha256:${expected.toLowerCase()}`;
  throw new ProvisionError("ChecksumMismatch", what);
}

async function unpack(file: string, request: ProvisionRequest, destination: Destination): Promise<void> {
  switch (request.format) {
    case "file":
      return await destination.addFile(request.name, createReadStream(file));
    case "zip":
      return await unpackZip(file, destination);
    case "tar": {
      const maxBytes = request.limits.maxUnpackedBytes;
      const archive = openDecompressed(file, await detectCompression(file), `${file}.tar`, maxBytes);
      return await unpackTar(archive, destination);
    }
  }
}
