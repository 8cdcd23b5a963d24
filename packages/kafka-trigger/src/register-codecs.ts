import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import kafkajs from "kafkajs";
import lz4 from "lz4js";
import { compress, uncompress } from "snappyjs";

/** kafkajs knows gzip alone, and keeps the others in a table of the library's own. */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;
}

interface Encoder {
  readonly buffer: Buffer;
}

const zstdCodec = {
  compress: ({ buffer }: Encoder) => promisify(zstdCompress)(buffer),
  decompress: (buffer: Buffer) => promisify(zstdDecompress)(buffer),
};

const lz4Codec = {
  compress: async ({ buffer }: Encoder) => toIndependent(Buffer.from(lz4.compress(buffer))),
  decompress: async (buffer: Buffer) => Buffer.from(lz4.decompress(buffer)),
};

/**
 * Brokers take frames of independent blocks only. The library's are that as long as there is one block (4 MiB), but do not
 * say it: these are the flags that do, the block size that it writes, and their checksum (LZ4 frame format, "Frame
 * Descriptor").
 */
function toIndependent(frame: Buffer): Buffer {
  frame.set([0x60, 0x70, 0x73], 4);
  return frame;
}

const snappyCodec = {
  compress: async ({ buffer }: Encoder) => compress(buffer),
  decompress: async (buffer: Buffer) => (isFramed(buffer) ? uncompressFrames(buffer) : uncompress(buffer)),
};

/** How Java's snappy library frames a stream: a header of 16 bytes, then blocks, each with its length before it. */
const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const headerBytes = 16;

function isFramed(buffer: Buffer): boolean {
  return buffer.subarray(0, magic.length).equals(magic);
}

function uncompressFrames(buffer: Buffer): Buffer {
  const blocks: Buffer[] = [];
  let at = headerBytes;
  while (at < buffer.length) {
    const length = buffer.readInt32BE(at);
    blocks.push(uncompress(buffer.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
