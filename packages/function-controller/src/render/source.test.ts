import { describe, expect, it } from "vitest";
import { isFault } from "./fault.ts";
import { parseChecksum, parseContentType, parseHandler, toFileName } from "./source.ts";

describe("a content type", () => {
  it.each([
    ["", "text", "file", false],
    ["text", "text", "file", false],
    ["base64", "base64", "file", false],
    ["url", "url", "file", false],
    ["base64+zip", "base64", "zip", false],
    ["url+compressedtar", "url", "tar", false],
    ["url+zip+deps", "url", "zip", true],
    ["deps+url+zip", "url", "zip", true],
  ])(
    "%j is %s, packed as %s, with dependencies inside: %s",
    (contentType, encoding, format, hasBundledDependencies) => {
      expect(parseContentType(contentType)).toEqual({ encoding, format, hasBundledDependencies });
    },
  );

  it("text+zip holds base64, as the original CLI wrote it", () => {
    expect(parseContentType("text+zip")).toMatchObject({ encoding: "base64", format: "zip" });
  });

  it("that names no encoding is refused with those there are", () => {
    expect(parseContentType("zip")).toMatchObject({
      reason: "InvalidSpec",
      message: expect.stringContaining("text, base64 or url"),
    });
  });
});

describe("a file's name", () => {
  it.each([
    ["text", "hello.js"],
    ["", "hello.js"],
    ["base64", "hello.js"],
    ["url", "hello.js"],
    ["text+deps", "hello"],
    ["base64+zip", "hello"],
  ])("for the content type %j is %s: only a single file has the runtime's suffix", (contentType, name) => {
    expect(toFileName("hello", ".js", contentType)).toBe(name);
  });
});

describe("a handler", () => {
  it("is a module and a function", () => {
    expect(parseHandler("hello.foo")).toEqual({ module: "hello", functionName: "foo" });
  });

  it.each(["hello", "hello.", ".foo", "a.b.c", "../x.foo", "a/b.foo", "a\\b.foo", ""])(
    "%j is refused",
    (handler) => {
      expect(isFault(parseHandler(handler))).toBe(true);
    },
  );
});

describe("a checksum", () => {
  it("is optional, and of any case", () => {
    expect(parseChecksum("")).toBeUndefined();
    expect(parseChecksum(`sha256:${"AB".repeat(32)}`)).toBe("ab".repeat(32));
  });

  it.each(["md5:0123", "sha256:", `sha256:${"g".repeat(64)}`, "a".repeat(64)])(
    "%j is refused",
    (checksum) => {
      expect(isFault(parseChecksum(checksum))).toBe(true);
    },
  );
});
