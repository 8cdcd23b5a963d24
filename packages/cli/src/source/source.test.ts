import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadSource, loadText } from "./source.ts";

const place = (workingDirectory = tmpdir()) => ({
  workingDirectory,
  fetch,
  signal: new AbortController().signal,
});

function folderWith(files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), "source-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const sha256 = (bytes: string | Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function namesIn(folder: string): Promise<readonly string[]> {
  const { text } = await loadSource(folder, place());
  return Object.keys(unzipSync(Buffer.from(text, "base64")));
}

async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a file", () => {
  test("is its text with the checksum of its bytes", async () => {
    const folder = folderWith({ "hello.js": "exports.greet = () => 'hi';" });
    expect(await loadSource("hello.js", place(folder))).toMatchObject({
      text: "exports.greet = () => 'hi';",
      contentType: "text",
      checksum: sha256("exports.greet = () => 'hi';"),
      isFolder: false,
    });
  });

  test("that is not there is named", async () => {
    await expect(loadSource("nowhere.js", place())).rejects.toThrow(
      "nowhere.js cannot be read: it does not exist.",
    );
  });
});

describe("a URL", () => {
  test("stays a URL, with the checksum of what it gives", async () => {
    const address = `${await serve(200, "the code")}/hello.zip?raw=true`;
    expect(await loadSource(address, place())).toMatchObject({
      text: address,
      contentType: "url+zip",
      checksum: sha256("the code"),
    });
  });

  test("that answers with an error is refused instead of deploying the error page", async () => {
    const address = `${await serve(404, "not here")}/hello.js`;
    await expect(loadSource(address, place())).rejects.toThrow("HTTP 404 Not Found");
  });

  test("that nobody answers is refused with the cause", async () => {
    await expect(loadSource("http://127.0.0.1:1/a.js", place())).rejects.toThrow(/cannot be read: .+\./);
  });

  test("may hold the dependencies", async () => {
    expect(await loadText(await serve(200, "{}"), place())).toBe("{}");
  });
});

describe("a folder", () => {
  test("is zipped with its folders, and runnable files stay runnable", async () => {
    const folder = folderWith({ "index.js": "1", "lib/a.js": "2", "run.sh": "3" });
    chmodSync(join(folder, "run.sh"), 0o755);
    const source = await loadSource(folder, place());
    expect(source).toMatchObject({ contentType: "base64+zip", isFolder: true });
    expect(source.checksum).toBe(sha256(Buffer.from(source.text, "base64")));
    expect(source.files.map(({ path, executable }) => [path, executable])).toEqual([
      ["index.js", false],
      ["lib/a.js", false],
      ["run.sh", true],
    ]);
  });

  test("gives the same bytes again, whatever the times of its files", async () => {
    const one = folderWith({ "b.js": "2", "a.js": "1" });
    const other = folderWith({ "a.js": "1", "b.js": "2" });
    expect((await loadSource(one, place())).checksum).toBe((await loadSource(other, place())).checksum);
  });

  test("installs its own dependencies when its package.json names some", async () => {
    const withSome = folderWith({ "index.js": "", "package.json": '{"dependencies":{"lodash":"4"}}' });
    const withNone = folderWith({ "index.js": "", "package.json": '{"type":"module"}' });
    const fromWindows = folderWith({ "package.json": '\ufeff{\r\n"dependencies":{"lodash":"4"}}' });
    expect((await loadSource(withSome, place())).contentType).toBe("base64+zip+deps");
    expect((await loadSource(fromWindows, place())).contentType).toBe("base64+zip+deps");
    expect((await loadSource(withNone, place())).contentType).toBe("base64+zip");
  });

  test("leaves out what .gitignore says, in each folder for itself", async () => {
    const folder = folderWith({
      ".gitignore": "*.log\n/out\n",
      "index.js": "",
      "x.log": "",
      "out/a.js": "",
      "lib/out/b.js": "",
      "lib/.gitignore": "secret.js\n!kept.log\n",
      "lib/secret.js": "",
      "lib/kept.log": "",
    });
    expect(await namesIn(folder)).toEqual(["index.js", "lib/kept.log", "lib/out/b.js"]);
  });

  test("takes in again what .kubelessignore says, over all others", async () => {
    const folder = folderWith({
      ".gitignore": "dist\n",
      ".kubelessignore": "!dist/\n*.test.js\n",
      "dist/index.js": "",
      "a.test.js": "",
    });
    expect(await namesIn(folder)).toEqual(["dist/index.js"]);
  });

  test("never brings node_modules, git's own files or .env files along unasked", async () => {
    const folder = folderWith({
      "index.js": "",
      ".env": "KEY=1",
      ".env.local": "KEY=1",
      ".git/config": "",
      "node_modules/a/index.js": "",
      "lib/node_modules/b/index.js": "",
    });
    expect(await namesIn(folder)).toEqual(["index.js"]);
  });

  test("refuses a link that leads out of it, and follows one within", async () => {
    const folder = folderWith({ "a.js": "the same" });
    symlinkSync("a.js", join(folder, "b.js"));
    expect(await namesIn(folder)).toEqual(["a.js", "b.js"]);
    symlinkSync("/etc/hosts", join(folder, "hosts"));
    await expect(namesIn(folder)).rejects.toThrow("a link that leads out of the folder");
  });

  test("and a file are refused by their sizes alone where nothing could bring them under the limit", async () => {
    const folder = folderWith({ "index.js": "" });
    truncateSync(join(folder, "index.js"), 3_000_000_000);
    await expect(namesIn(folder)).rejects.toThrow(/takes more than 900.0 kB.*3000.0 MB {2}index.js/s);
    await expect(loadSource("index.js", place(folder))).rejects.toThrow("index.js takes 3000.0 MB");
  });

  test("takes no rules from a folder of their name", async () => {
    const folder = folderWith({ "index.js": "", "lib/.gitignore/a": "" });
    expect(await namesIn(folder)).toEqual(["index.js"]);
  });

  test("with nothing to deploy is refused", async () => {
    await expect(loadSource(folderWith({ ".gitignore": "" }), place())).rejects.toThrow(
      "holds no file to deploy",
    );
  });

  test("with names in every script keeps them", async () => {
    expect(await namesIn(folderWith({ "grüße 👋/日本.js": "" }))).toEqual(["grüße 👋/日本.js"]);
  });
});
