import { createWriteStream } from "node:fs";
import { link, lstat, mkdir, realpath, rm, symlink, unlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { ProvisionError } from "./errors.ts";
import type { Limits } from "./limits.ts";

/**
 * A folder that untrusted archives are unpacked to. Nothing is ever written outside of it: names are checked before
 * they are joined, a parent is resolved before anything is written in it, and links are made last of all and only kept
 * when what they lead to is inside.
 */
export class Destination {
  readonly #root: string;
  readonly #limits: Limits;
  readonly #symlinks = new Map<string, string>();
  readonly #hardLinks = new Map<string, string>();
  #entries = 0;
  #bytes = 0;

  private constructor(root: string, limits: Limits) {
    this.#root = root;
    this.#limits = limits;
  }

  static async open(folder: string, limits: Limits): Promise<Destination> {
    await mkdir(folder, { recursive: true });
    return new Destination(await realpath(folder), limits);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#entries;
  }

  async addFolder(name: string): Promise<void> {
    this.#count(name);
    if (isItself(name)) return;
    await this.#makeFolder(this.#resolve(name));
  }

  /** Only the permission to execute is kept of `mode`. */
  async addFile(name: string, content: AsyncIterable<Uint8Array>, mode = 0): Promise<void> {
    this.#count(name);
    const path = await this.#place(name);
    const options = { flags: "wx", mode: mode & 0o111 ? 0o755 : 0o644 };
    await pipeline(this.#counted(name, content), createWriteStream(path, options));
  }

  addSymlink(name: string, target: string): void {
    this.#count(name);
    if (Buffer.byteLength(target) > this.#limits.maxPathBytes)
      throw new ProvisionError("UnsafeArchive", `${quote(name)} is a link to a name that is too long`);
    this.#symlinks.set(name, target);
  }

  addHardLink(name: string, target: string): void {
    this.#count(name);
    this.#hardLinks.set(name, target);
  }

  /** Makes the links that were asked for. A link whose target is missing or outside is removed again and refused. */
  async finish(): Promise<void> {
    for (const [name, target] of this.#hardLinks) await this.#makeHardLink(name, target);
    for (const [name, target] of this.#symlinks) await symlink(target, await this.#place(name));
    for (const [name, target] of this.#symlinks) await this.#verifySymlink(name, target);
  }

  async #makeHardLink(name: string, target: string): Promise<void> {
    const from = this.#resolve(target);
    if (!(await isFile(from))) {
      throw new ProvisionError(
        "UnsafeArchive",
        `${quote(name)} is a link to ${quote(target)}, which is no file of the archive`,
      );
    }
    await this.#verifyInside(dirname(from), target);
    await link(from, await this.#place(name));
  }

  async #verifySymlink(name: string, target: string): Promise<void> {
    const path = this.#resolve(name);
    const resolved = await realpath(path).catch(() => undefined);
    if (resolved !== undefined && this.#isInside(resolved)) return;
    await Promise.all([...this.#symlinks.keys()].map((each) => rm(this.#resolve(each), { force: true })));
    const fault = resolved === undefined ? "nothing" : "a place outside of the function";
    throw new ProvisionError(
      "UnsafeArchive",
      `${quote(name)} is a link to ${quote(target)}, which leads to ${fault}`,
    );
  }

  #resolve(name: string): string {
    const segments = name.split("/").filter((segment) => segment !== "" && segment !== ".");
    const unsafe =
      name.startsWith("/") ||
      /^[a-zA-Z]:/.test(name) ||
      segments.includes("..") ||
      /[\0\\]/.test(name) ||
      segments.length === 0;
    if (unsafe)
      throw new ProvisionError("UnsafeArchive", `the name ${quote(name)} does not lie within the function`);
    if (
      Buffer.byteLength(name) > this.#limits.maxPathBytes ||
      segments.some((segment) => Buffer.byteLength(segment) > 255)
    ) {
      throw new ProvisionError("UnsafeArchive", `the name ${quote(name)} is too long`);
    }
    return join(this.#root, ...segments);
  }

  /** The path of a new entry: its folder exists and really is inside, and what was there before is gone. */
  async #place(name: string): Promise<string> {
    const path = this.#resolve(name);
    await this.#makeFolder(dirname(path));
    await this.#verifyInside(dirname(path), name);
    await unlink(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return;
      throw new ProvisionError("UnsafeArchive", `${quote(name)} is both a folder and something else`, {
        cause: error,
      });
    });
    return path;
  }

  async #makeFolder(path: string): Promise<void> {
    await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST" && error.code !== "ENOTDIR") throw error;
      const name = path.slice(this.#root.length + 1);
      throw new ProvisionError("UnsafeArchive", `${quote(name)} is both a folder and something else`, {
        cause: error,
      });
    });
  }

  async #verifyInside(folder: string, name: string): Promise<void> {
    if (this.#isInside(await realpath(folder))) return;
    throw new ProvisionError("UnsafeArchive", `${quote(name)} would be written outside of the function`);
  }

  #isInside(path: string): boolean {
    return path === this.#root || path.startsWith(this.#root + sep);
  }

  #count(name: string): void {
    this.#entries += 1;
    if (this.#entries <= this.#limits.maxEntries) return;
    const what = `the archive holds more than ${this.#limits.maxEntries} files (at ${quote(name)})`;
    throw new ProvisionError("SourceTooLarge", what);
  }

  async *#counted(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#limits.maxUnpackedBytes) {
        const what = `the source is larger than ${this.#limits.maxUnpackedBytes} bytes when unpacked (at ${quote(name)})`;
        throw new ProvisionError("SourceTooLarge", what);
      }
      yield chunk;
    }
  }
}

/** `./`, which is how `tar -c .` begins, is the folder that is unpacked to. */
function isItself(name: string): boolean {
  return /^\.(\/\.?)*$/.test(name);
}

async function isFile(path: string): Promise<boolean> {
  return await lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
