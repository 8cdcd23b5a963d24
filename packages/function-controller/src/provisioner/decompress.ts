import { closeSync, createReadStream, openSync, readSync, writeSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import Bunzip from "seek-bzip";
import xz from "xz-decompress";
import { ProvisionError } from "./errors.ts";

export type Compression = "none" | "gzip" | "bzip2" | "xz" | "zstd";

const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  // A frame to be skipped, with which packers begin that work in parallel.
  ["zstd", [0x50, 0x2a, 0x4d, 0x18]],
];
/** Where an xz stream says by what it can be checked, and what it says for SHA-256. */
const XZ_CHECK = { at: 7, sha256: 0x0a } as const;

/**
 * Looks at the first bytes, never at a name: what people call `.tgz` is whatever they packed. Throws UnsupportedArchive
 * for xz by SHA-256, which the decoder would call damaged.
 */
export async function detectCompression(file: string): Promise<Compression> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    const [found = "none"] =
      MAGIC.find(
        ([, magic]) => magic.length <= bytesRead && magic.every((byte, at) => buffer[at] === byte),
      ) ?? [];
    if (found === "xz" && buffer[XZ_CHECK.at] === XZ_CHECK.sha256) {
      const what = "the archive's xz data is checked by SHA-256, where only CRC32 and CRC64 are read";
      throw new ProvisionError("UnsupportedArchive", what);
    }
    return found;
  } finally {
    await handle.close();
  }
}

/** The file's bytes decompressed; fails after `maxBytes` of them. bzip2, whose decoder is synchronous, goes through `scratch`. */
export function openDecompressed(
  file: string,
  compression: Compression,
  scratch: string,
  maxBytes: number,
): Readable {
  switch (compression) {
    case "none":
      return limited(createReadStream(file), compression, maxBytes);
    case "gzip":
      return limited(createReadStream(file).pipe(createGunzip()), compression, maxBytes);
    case "zstd":
      return limited(unzstd(file), compression, maxBytes);
    case "xz": {
      const compressed = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
      return limited(new xz.XzReadableStream(compressed), compression, maxBytes);
    }
    case "bzip2":
      return limited(bunzipped(file, scratch, maxBytes), compression, maxBytes);
  }
}

function limited(chunks: AsyncIterable<Uint8Array>, format: Compression, maxBytes: number): Readable {
  return Readable.from(counted(translated(chunks, format), maxBytes));
}

async function* counted(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

async function* translated(
  chunks: AsyncIterable<Uint8Array>,
  format: Compression,
): AsyncIterable<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    if (cause instanceof ProvisionError || isFileSystemError(cause)) throw cause;
    throw new ProvisionError("DamagedArchive", `the archive's ${format} data is damaged or cut off`, {
      cause,
    });
  }
}

/** Node's decoder ends with the first frame, and may call the next one damaged when nobody listens any more. */
async function* unzstd(file: string): AsyncIterable<Uint8Array> {
  const { size } = await stat(file);
  const frame = createReadStream(file).pipe(createZstdDecompress());
  frame.on("error", () => {}); // While it is read, reading it fails.
  yield* frame;
  if (frame.bytesWritten < size)
    throw new ProvisionError("UnsupportedArchive", "the archive's zstd data has more than one frame");
}

async function* bunzipped(file: string, scratch: string, maxBytes: number): AsyncIterable<Uint8Array> {
  bunzip(file, scratch, maxBytes);
  yield* createReadStream(scratch);
}

function bunzip(file: string, scratch: string, maxBytes: number): void {
  const input = openSync(file, "r");
  const output = openSync(scratch, "wx", 0o600);
  try {
    const writer = createByteWriter(output, maxBytes);
    Bunzip.decode(createByteReader(input), writer, true);
    writer.flush();
  } finally {
    closeSync(input);
    closeSync(output);
  }
}

function createByteReader(file: number) {
  const buffer = Buffer.alloc(65_536);
  let [at, end] = [0, 0];
  const isFilled = () => {
    if (at === end) [at, end] = [0, readSync(file, buffer)];
    return end > 0;
  };
  const readByte = () => (isFilled() ? (buffer[at++] ?? -1) : -1);
  const read = (target: Uint8Array, offset: number, length: number) => {
    let count = 0;
    while (count < length && isFilled()) target[offset + count++] = readByte();
    return count;
  };
  return { eof: () => !isFilled(), readByte, read };
}

function createByteWriter(file: number, maxBytes: number) {
  const buffer = Buffer.alloc(65_536);
  let [at, written] = [0, 0];
  const flush = () => {
    written += at;
    if (written > maxBytes) throw tooLarge(maxBytes);
    writeSync(file, buffer, 0, at);
    at = 0;
  };
  const writeByte = (byte: number) => {
    if (at === buffer.length) flush();
    buffer[at++] = byte;
  };
  return { flush, writeByte };
}

function tooLarge(maxBytes: number): ProvisionError {
  return new ProvisionError(
    "SourceTooLarge",
    `the archive is larger than ${maxBytes} bytes when decompressed`,
  );
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
