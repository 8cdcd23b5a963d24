import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ProvisionError } from "./errors.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { type ProvisionRequest, provision } from "./provision.ts";
import { type ArchiveEntry, buildTar, buildZip } from "./testing/build-archive.ts";

const CODE = "module.exports = { foo: () => 'hello world' };\n";
const FILES: readonly ArchiveEntry[] = [
  { name: "hello.js", content: CODE },
  { name: "lib/", type: "Directory" },
  { name: "lib/run.sh", content: "#!/bin/sh\n", mode: 0o4777 },
  { name: "node_modules/.bin/run", type: "SymbolicLink", link: "../../lib/run.sh" },
];

// Made by `tar | bzip2`, `tar | xz` (hello.js and lib/x.js), `tar | xz --check=sha256`, and 60 MB of zeros by bzip2.
const TAR_BZ2 =
  "QlpoOTFBWSZTWXYo9vsAAL77hMqSAEBQYf+bAER3dt7KAAGACDAAubYaU1MTE0wJkxMABMDT1BpJ6RqegjQwGoGNJpk0xMEkpqYTJo0HohkANBoDS+5XGSh7QwppWEk0YgFTC+kkmFPUMolILKmQggBaiAHK5WV4CxvejX88xV9MRstljltIjTmQkcg2MiK0JQgIHpRqYEA2VPJU1YWaj46pfKV0FWWIy4KajM2f2a4WFiTYoC4QoPSeWARmFgVg6JHwkkgGIxQnC5qYtvVT73jidCD+LuSKcKEg7FHt9g==";
const TAR_XZ =
  "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AL9dADQZSe6N8LgNoKnJuO9LOtXH7Rd0c8PSdiXXVgQUPqLJYBNno6m6/tA2+Y2RzVvOGab1VNj78nkyxUX9mhOlEbHbPP14HxIwwvMFON5sX/grUefhG6WrZG5CFBtnzwxdVXaxXFl8/qZGZlDQd2gPyUcccViVSMs07ggcG0XKEB8y5co9YPeVjIpjdxAX2Ncrx/nPS8FY1wQM/wlX7YZvLJC7Hpw/Z9tLnz97SGM2jzJ2irkrGodi5qLE4TxVd08AAAB1L23+68MCoAAB2wGAUAAACokpB7HEZ/sCAAAAAARZWg==";
const TAR_XZ_SHA256 =
  "/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4Cf/AF1dADQZSe6N8LgNoKnJuO9LOtXH7Rd0dhRnOMKU3Ym3o5Xugydt1sMiOs5veRNPtvM/R5Cm3ievbSGc8bTfSIC6ZyQ1mdeOjLruxFoqftG9OA2j9+HfJZQ2PxRIBdSAAAAAAAAKpY/vRUqLnb2nSUIl+O5+1akEPCQ/L+mRvvKVAHs+PQABkQGAUAAAAKDqqbbp3xwCAAAAAApZWg==";
const ZEROS_BZ2 =
  "QlpoOTFBWSZTWQ4J4t8BX45AAMAAAAggADCATUZCoCWpCoCXMUFZJlNZpertMgBsAOAAwAAAEAAIIAAwzAUppoAKWwgBS8XckU4UJC5+SiMA";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "provision-test-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a single file", () => {
  it("is written under the name the handler's module gives it", async () => {
    const result = await provisionBytes(CODE, { encoding: "text", name: "hello.js" });
    expect(await readFile(unpacked("hello.js"), "utf8")).toBe(CODE);
    expect(result).toEqual({
      bytes: CODE.length,
      sha256: sha256(CODE),
      unpackedBytes: CODE.length,
      files: 1,
    });
  });

  it("may be empty", async () => {
    await provisionBytes("", { encoding: "text", name: "hello.js" });
    expect(await readFile(unpacked("hello.js"), "utf8")).toBe("");
  });

  it("is decoded when it is base64, with or without line breaks", async () => {
    const bytes = Buffer.from([0, 255, 128, 10, 13]);
    await provisionBytes(bytes.toString("base64").replace(/^../, "$&\n"), {
      encoding: "base64",
      name: "a.bin",
    });
    expect(await readFile(unpacked("a.bin"))).toEqual(bytes);
  });

  it.each(["not base64!", "a", "====", "AAA=A"])(
    "is refused when it only claims to be base64: %j",
    async (text) => {
      const failure = await failureOf(provisionBytes(text, { encoding: "base64", name: "a.js" }));
      expect(failure.code).toBe("InvalidEncoding");
    },
  );

  it("may not be named outside of the destination", async () => {
    const failure = await failureOf(provisionBytes(CODE, { encoding: "text", name: "../hello.js" }));
    expect(failure.code).toBe("UnsafeArchive");
  });

  it("is put in place again over what an earlier attempt left", async () => {
    await mkdir(unpacked(""), { recursive: true });
    await symlink(join(folder, "elsewhere"), unpacked("hello.js"));
    await provisionBytes(CODE, { encoding: "text", name: "hello.js" });
    await provisionBytes(CODE, { encoding: "text", name: "hello.js" });
    expect(await readFile(unpacked("hello.js"), "utf8")).toBe(CODE);
    expect(await readdir(folder)).not.toContain("elsewhere");
  });
});

describe("a checksum", () => {
  it("is of the bytes before they are unpacked, in any case of letters", async () => {
    const zip = buildZip(FILES);
    await provisionBytes(zip.toString("base64"), {
      encoding: "base64",
      format: "zip",
      sha256: sha256(zip).toUpperCase(),
    });
    expect(await readFile(unpacked("hello.js"), "utf8")).toBe(CODE);
  });

  it("that differs stops everything before the first file is written, and names both", async () => {
    const failure = await failureOf(
      provisionBytes(CODE, { encoding: "text", name: "a.js", sha256: "0".repeat(64) }),
    );
    expect(failure.code).toBe("ChecksumMismatch");
    expect(failure.message).toContain(sha256(CODE));
    expect(await readdir(unpacked(""))).toEqual([]);
  });
});

describe("dependencies", () => {
  it("are put beside the source", async () => {
    await writeFile(join(folder, "deps"), "{}");
    const dependencies = { from: join(folder, "deps"), name: "package.json" };
    await provisionBytes(CODE, { encoding: "text", name: "hello.js", dependencies });
    expect((await readdir(unpacked(""))).sort()).toEqual(["hello.js", "package.json"]);
  });

  it("replace a file of the same name in the archive", async () => {
    await writeFile(join(folder, "deps"), '{"a":1}');
    const dependencies = { from: join(folder, "deps"), name: "package.json" };
    const zip = buildZip([{ name: "package.json", content: "{}" }]);
    await provisionBytes(zip.toString("base64"), { encoding: "base64", format: "zip", dependencies });
    expect(await readFile(unpacked("package.json"), "utf8")).toBe('{"a":1}');
  });
});

describe.each([
  ["zip", "zip", () => buildZip(FILES)],
  ["tar", "tar", () => buildTar(FILES)],
  ["tar.gz", "tar", () => gzipSync(buildTar(FILES))],
  ["tar.zst", "tar", () => zstdCompressSync(buildTar(FILES))],
] as const)("an archive: %s", (_, format, build) => {
  it("is unpacked with its folders, links and executable files, and no other permissions", async () => {
    await provisionArchive(build(), format);
    expect(await readFile(unpacked("hello.js"), "utf8")).toBe(CODE);
    expect((await stat(unpacked("lib/run.sh"))).mode & 0o7777).toBe(0o755);
    expect((await stat(unpacked("hello.js"))).mode & 0o7777).toBe(0o644);
    expect(await readlink(unpacked("node_modules/.bin/run"))).toBe("../../lib/run.sh");
  });

  it("may begin with the folder that was packed, as `tar -c .` has it", async () => {
    const entries: ArchiveEntry[] = [
      { name: "./", type: "Directory" },
      { name: "./hello.js", content: CODE },
    ];
    await provisionArchive(format === "zip" ? buildZip(entries) : buildTar(entries), format);
    expect(await readdir(unpacked(""))).toEqual(["hello.js"]);
  });

  it("can be unpacked again over itself", async () => {
    await provisionArchive(build(), format);
    await provisionArchive(build(), format);
    expect(await readFile(unpacked("hello.js"), "utf8")).toBe(CODE);
  });

  it("is called damaged when it is cut off", async () => {
    const archive = build();
    const failure = await failureOf(provisionArchive(archive.subarray(0, archive.length / 3), format));
    expect(failure.code).toBe("DamagedArchive");
  });
});

describe("an archive of another packer", () => {
  it.each([
    ["bzip2", TAR_BZ2],
    ["xz", TAR_XZ],
  ])("compressed by %s is unpacked", async (_, base64) => {
    await provisionBytes(base64, { encoding: "base64", format: "tar" });
    expect((await readdir(unpacked(""))).sort()).toEqual(["hello.js", "lib"]);
  });

  it.each([
    ["bzip2", TAR_BZ2],
    ["xz", TAR_XZ],
  ])("compressed by %s is called damaged when it is cut off or altered", async (_, base64) => {
    const whole = Buffer.from(base64, "base64");
    const altered = Buffer.from(whole).fill(0x55, 100, 120);
    for (const archive of [whole.subarray(0, 150), altered]) {
      expect((await failureOf(provisionArchive(archive, "tar"))).code).toBe("DamagedArchive");
    }
  });

  it.each(["zip", "tar"] as const)("that is no %s at all is called damaged", async (format) => {
    const failure = await failureOf(
      provisionArchive(Buffer.from("<html>not found</html>".repeat(100)), format),
    );
    expect(failure.code).toBe("DamagedArchive");
  });
});

const HOSTILE: readonly (readonly [string, readonly ArchiveEntry[]])[] = [
  ["climbs out by its name", [{ name: "../evil", content: "x" }]],
  ["climbs out below a folder", [{ name: "a/../../evil", content: "x" }]],
  ["is absolute", [{ name: "/tmp/kubeless-evil", content: "x" }]],
  ["climbs out as Windows spells it", [{ name: "a\\..\\..\\evil", content: "x" }]],
  ["is a link out", [{ name: "out", type: "SymbolicLink", link: "../.." }]],
  ["is an absolute link", [{ name: "out", type: "SymbolicLink", link: "/etc/passwd" }]],
  ["is a link to nothing", [{ name: "out", type: "SymbolicLink", link: "nothing" }]],
  [
    "goes out over two links that look harmless",
    [
      { name: "here", type: "SymbolicLink", link: "." },
      { name: "out", type: "SymbolicLink", link: "here/.." },
    ],
  ],
  [
    "writes through a link",
    [
      { name: "out", type: "SymbolicLink", link: ".." },
      { name: "out/evil", content: "x" },
    ],
  ],
  [
    "is both a file and a folder",
    [
      { name: "a", content: "x" },
      { name: "a/b", content: "x" },
    ],
  ],
  ["is a device", [{ name: "null", type: "CharacterDevice" }]],
  ["is a pipe", [{ name: "pipe", type: "FIFO" }]],
];

describe.each([
  ["zip", buildZip],
  ["tar", buildTar],
] as const)("a hostile %s", (format, build) => {
  it.each(HOSTILE)("is refused when an entry %s", async (_, entries) => {
    const before = await readdir(folder);
    const failure = await failureOf(provisionArchive(build(entries), format));
    expect(failure.code).toBe("UnsafeArchive");
    expect(await readdir(folder)).toEqual([...before, "function", "source"].sort());
    for (const name of await readdir(unpacked(""))) expect(["a", "out"]).toContain(name);
  });

  it("is refused when it holds too many files", async () => {
    const entries = Array.from({ length: 101 }, (_, index) => ({ name: `${index}` }));
    const failure = await failureOf(provisionArchive(build(entries), format, { maxEntries: 100 }));
    expect(failure.code).toBe("SourceTooLarge");
  });

  it("is stopped once it unpacks to more than allowed", async () => {
    const bomb = build([{ name: "zeros", content: Buffer.alloc(30_000_000) }]);
    const archive = format === "tar" ? gzipSync(bomb) : bomb;
    expect(archive.length).toBeLessThan(50_000);
    const failure = await failureOf(provisionArchive(archive, format, { maxUnpackedBytes: 1_000_000 }));
    expect(failure.code).toBe("SourceTooLarge");
    expect((await stat(unpacked("zeros")).catch(() => ({ size: 0 }))).size).toBeLessThanOrEqual(1_000_000);
  });
});

describe("what only one format can do wrong", () => {
  it("a bzip2 bomb is stopped", async () => {
    const failure = await failureOf(
      provisionArchive(Buffer.from(ZEROS_BZ2, "base64"), "tar", { maxUnpackedBytes: 1_000_000 }),
    );
    expect(failure.code).toBe("SourceTooLarge");
  });

  it("a plain tar is called damaged wherever it is cut off, between two files too", async () => {
    const archive = buildTar(FILES);
    for (let bytes = 0; bytes < archive.length - 1024; bytes += 256) {
      const failure = await failureOf(provisionArchive(archive.subarray(0, bytes), "tar"));
      expect(failure.code, `${bytes} bytes`).toBe("DamagedArchive");
    }
  });

  it.each([
    ["of GNU's own format", [{ name: "a", type: "SparseFile" }]],
    ["of its pax format", [{ name: "lib/GNUSparseFile.12/a", content: "1\n0\n4\n".padEnd(512, "\0") }]],
  ] as const)("a sparse file %s is refused, for its holes would become code", async (_, entries) => {
    const failure = await failureOf(provisionArchive(buildTar(entries), "tar"));
    expect(failure.message).toMatch(/is of the type SparseFile/);
  });

  it("a link to a name that no file can have is refused", async () => {
    const entries = [
      { name: "././@LongLink", type: "NextFileHasLongLinkpath", content: "a/".repeat(50_000) },
      { name: "out", type: "SymbolicLink", link: "a" },
    ] as const;
    const failure = await failureOf(provisionArchive(buildTar(entries), "tar"));
    expect(failure.code).toBe("UnsafeArchive");
    expect(failure.message).toMatch(/^"out" is a link to a name that is too long/);
  });

  it("an xz archive with checks that are not read is not called damaged", async () => {
    const failure = await failureOf(provisionBytes(TAR_XZ_SHA256, { encoding: "base64", format: "tar" }));
    expect(failure.message).toMatch(/^the archive's xz data is checked by SHA-256/);
    expect(failure.code).toBe("UnsupportedArchive");
  });

  it.each([
    ["is to be skipped", Buffer.from("502a4d180400000000000000", "hex")],
    ["holds a part", zstdCompressSync(buildTar(FILES).subarray(0, 1024))],
  ])("a zstd archive of several frames, the first of which %s, is refused as such", async (_, first) => {
    const rest = zstdCompressSync(Buffer.concat([randomBytes(200_000), buildTar(FILES)]));
    const failure = await failureOf(provisionArchive(Buffer.concat([first, rest]), "tar"));
    expect(failure.message).toMatch(/^the archive's zstd data has more than one frame\./);
    expect(failure.code).toBe("UnsupportedArchive");
  });

  it("a zip by a compression that is not read is not called damaged", async () => {
    const zip = buildZip([{ name: "a", content: "hello", claim: { method: 14 } }]);
    const failure = await failureOf(provisionArchive(zip, "zip"));
    expect(failure.code).toBe("UnsupportedArchive");
    expect(failure.message).toContain("unsupported compression method: 14");
  });

  it("a hard link to a file of the archive is kept", async () => {
    await provisionArchive(
      buildTar([
        { name: "a", content: "x" },
        { name: "b", type: "Link", link: "a" },
      ]),
      "tar",
    );
    expect(await readFile(unpacked("b"), "utf8")).toBe("x");
  });

  it.each(["/etc/passwd", "../source", "missing"])("a hard link to %s is refused", async (link) => {
    const failure = await failureOf(provisionArchive(buildTar([{ name: "b", type: "Link", link }]), "tar"));
    expect(failure.code).toBe("UnsafeArchive");
  });

  it.each([
    ["size", { size: 3 }],
    ["checksum", { crc32: 1 }],
  ])("a zip whose directory lies about a %s is called damaged", async (_, claim) => {
    const failure = await failureOf(
      provisionArchive(buildZip([{ name: "a", content: "hello", claim }]), "zip"),
    );
    expect(failure.code).toBe("DamagedArchive");
  });
});

describe("a URL", () => {
  it("is followed over redirects and its bytes are verified", async () => {
    const server = await serve((request, response) => {
      if (request.url === "/old") response.writeHead(302, { location: "/new" }).end();
      else response.end(CODE);
    });
    const result = await provisionBytes(`${server.url}/old\n`, {
      encoding: "url",
      name: "hello.js",
      sha256: sha256(CODE),
    });
    expect(await readFile(unpacked("hello.js"), "utf8")).toBe(CODE);
    expect(result?.sha256).toBe(sha256(CODE));
  });

  it("that answers with an error page is a failure, and the page never becomes the code", async () => {
    const server = await serve((_, response) => response.writeHead(404).end("<html>"));
    const failure = await failureOf(
      provisionBytes(`${server.url}/x.js?token=secret`, { encoding: "url", name: "hello.js" }),
    );
    expect(failure.message).toBe(
      `${server.url}/x.js answered 404 Not Found. Check that pods can reach the URL in spec.function.`,
    );
    expect(await readdir(unpacked(""))).toEqual([]);
  });

  it("may carry a name and a password, which no message repeats", async () => {
    const server = await serve((request, response) => {
      response.writeHead(request.headers.authorization === "Basic bWU6c2VjcmV0" ? 200 : 401).end(CODE);
    });
    const url = new URL(server.url);
    await provisionBytes(`http://me:secret@${url.host}/a.js`, { encoding: "url", name: "hello.js" });
    const failure = await failureOf(
      provisionBytes(`http://me:wrong@${url.host}/`, { encoding: "url", name: "a.js" }),
    );
    expect(failure.message).toMatch(/answered 401/);
    expect(failure.message).not.toContain("wrong");
  });

  it("that is cut off in the middle is a failure", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("half", () => response.destroy());
    });
    const failure = await failureOf(provisionBytes(server.url, { encoding: "url", name: "hello.js" }));
    expect(failure.code).toBe("DownloadFailed");
  });

  it("that never ends is stopped at the limit", async () => {
    const server = await serve((_, response) => {
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    const failure = await failureOf(
      provisionBytes(server.url, {
        encoding: "url",
        name: "a",
        limits: { ...DEFAULT_LIMITS, maxSourceBytes: 1_000_000 },
      }),
    );
    expect(failure.code).toBe("SourceTooLarge");
  });

  it.each(["file:///etc/passwd", "ftp://example.com/a", "hello", ""])(
    "that is none is refused: %j",
    async (url) => {
      const failure = await failureOf(provisionBytes(url, { encoding: "url", name: "hello.js" }));
      expect(failure.code).toBe("DownloadFailed");
    },
  );

  it("nobody listens at is a failure that says so", async () => {
    const failure = await failureOf(
      provisionBytes("http://127.0.0.1:1/a.js", { encoding: "url", name: "hello.js" }),
    );
    expect(failure.message).toMatch(/could not be fetched \(.+\)/);
  });
});

function unpacked(name: string): string {
  return join(folder, "function", name);
}

async function provisionBytes(source: string | Buffer, request: Partial<ProvisionRequest>) {
  await writeFile(join(folder, "source"), source);
  return await provision({
    source: join(folder, "source"),
    encoding: "text",
    format: "file",
    name: "",
    destination: join(folder, "function"),
    temporaryFolder: tmpdir(),
    limits: DEFAULT_LIMITS,
    ...request,
  });
}

function provisionArchive(
  archive: Buffer,
  format: "zip" | "tar",
  limits: Partial<typeof DEFAULT_LIMITS> = {},
) {
  return provisionBytes(archive.toString("base64"), {
    encoding: "base64",
    format,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
}

async function failureOf(attempt: Promise<unknown>): Promise<ProvisionError> {
  return await attempt.then(
    () => expect.fail("it should have been refused"),
    (error: ProvisionError) => error,
  );
}

function sha256(bytes: string | Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Until the test ends. */
async function serve(listener: RequestListener): Promise<{ url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
