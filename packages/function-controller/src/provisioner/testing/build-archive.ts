import { crc32, deflateRawSync } from "node:zlib";
import { Header } from "tar";

/** One entry of an archive as a test wants it, however wrong. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly type?:
    | "File"
    | "Directory"
    | "SymbolicLink"
    | "Link"
    | "CharacterDevice"
    | "FIFO"
    | "SparseFile"
    | "NextFileHasLongLinkpath";
  readonly link?: string;
  readonly mode?: number;
  /** For zip: what the directory claims instead of the truth. */
  readonly claim?: { readonly size?: number; readonly crc32?: number; readonly method?: number };
}

/** A tar archive of these entries, byte for byte as asked. */
export function buildTar(entries: readonly ArchiveEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? "");
    const header = Buffer.alloc(512);
    const type = entry.type ?? "File";
    const mode = entry.mode ?? 0o644;
    new Header({ path: entry.name, type, mode, size: content.length, linkpath: entry.link ?? "" }).encode(
      header,
    );
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const ZIP_TYPES = {
  File: 0o100000,
  Directory: 0o040000,
  SymbolicLink: 0o120000,
  CharacterDevice: 0o020000,
  FIFO: 0o010000,
  SparseFile: 0,
  NextFileHasLongLinkpath: 0,
  Link: 0,
};

/** A zip archive of these entries (APPNOTE 6.3.10, §4.3); a symbolic link's content is its target. */
export function buildZip(entries: readonly ArchiveEntry[]): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.link ?? entry.content ?? "");
    const packed = deflateRawSync(content);
    const name = Buffer.from(entry.name);
    const mode = ZIP_TYPES[entry.type ?? "File"] | (entry.mode ?? 0o644);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x800, 2);
    shared.writeUInt16LE(entry.claim?.method ?? 8, 4);
    shared.writeUInt32LE(entry.claim?.crc32 ?? crc32(content), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(entry.claim?.size ?? content.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt32LE((mode << 16) >>> 0, 6);
    attributes.writeUInt32LE(offset, 10);
    local.push(Buffer.from("PK\x03\x04"), shared, name, packed);
    directory.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), shared, attributes, name);
    offset += 4 + 26 + name.length + packed.length;
  }
  const records = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(records.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, records, Buffer.from("PK\x05\x06"), end]);
}
