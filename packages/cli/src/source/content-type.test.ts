import { expect, test } from "vitest";
import { archiveSuffix, encodeSource, isUrl } from "./content-type.ts";

test.each([
  ["hello.js", ""],
  ["hello.zip", "+zip"],
  ["HELLO.ZIP", "+zip"],
  ["hello.tar", "+compressedtar"],
  ["hello.tar.gz", "+compressedtar"],
  ["hello.tgz", "+compressedtar"],
  ["hello.tbz2", "+compressedtar"],
  ["hello.txz", "+compressedtar"],
  ["hello.tar.zst", "+compressedtar"],
  ["https://example.com/a.zip?raw=true#x", "+zip"],
  ["https://example.com/a.js?file=b.zip", ""],
  ["https://example.com/a%20b.tar.xz", "+compressedtar"],
  ["./zip", ""],
])("the end of %s says it is%s", (name, suffix) => {
  expect(archiveSuffix(name)).toBe(suffix);
});

test("text stays as it is, a byte order mark included", () => {
  expect(encodeSource("a.js", Buffer.from("\ufeffgrüß 👋"))).toEqual({
    text: "\ufeffgrüß 👋",
    contentType: "text",
  });
});

test("bytes that are not UTF-8 become base64", () => {
  expect(encodeSource("a.js", Buffer.from([0xff, 0x00]))).toEqual({ text: "/wA=", contentType: "base64" });
});

test("an archive becomes base64 even when its bytes are valid UTF-8", () => {
  expect(encodeSource("a.zip", Buffer.from("PK"))).toEqual({ text: "UEs=", contentType: "base64+zip" });
});

test("an empty file is an empty text", () => {
  expect(encodeSource("a.js", new Uint8Array())).toEqual({ text: "", contentType: "text" });
});

test.each(["http://a", "https://a", "HTTPS://a"])("%s is a URL", (from) => expect(isUrl(from)).toBe(true));
test.each(["./http", "ftp://a", "http:/a"])("%s is a path", (from) => expect(isUrl(from)).toBe(false));
