import { describe, expect, test } from "vitest";
import type { Source } from "../source/source.ts";
import { exportsOf } from "./exports-of.ts";
import { inferHandler, inferRuntime } from "./infer.ts";

const sourceOf = (files: Record<string, string>, isFolder = false): Source => ({
  text: "",
  contentType: "text",
  checksum: "",
  from: "SOURCE",
  files: Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text), executable: false })),
  isFolder,
});

test.each([
  ["exports.greet = () => 1;", ["greet"]],
  ["module.exports.greet = function () {};", ["greet"]],
  ["module.exports = { foo: (event, context) => 'hello', bar, async baz() {} };", ["foo", "bar", "baz"]],
  ["module.exports = { foo };", ["foo"]],
  ["export async function* from(event) {}", ["from"]],
  ["export const page = async (event: FunctionEvent): Promise<string> => '';", ["page"]],
  ["export default (event) => 1;", ["default"]],
  ["const a = 1, b = 2;\nexport { a, b as c };", ["a", "c"]],
  ['import { a } from "./a.js"; export const page = () => a; export { a };', ["page", "a"]],
  ["'use strict'; exports.greet = () => 1;", ["greet"]],
  ["// exports.no = 1\n/* export function neither() {} */\nexports.yes = 1;", ["yes"]],
  ["export type A = string;\nexport interface B {}", []],
  ["if (exports.a == 1) {}", []],
  ["", []],
])("what %s exports", (text, names) => {
  expect(exportsOf(text)).toEqual(names);
});

describe("the handler", () => {
  test("is the file's only export", () => {
    expect(inferHandler(sourceOf({ "hello.js": "exports.greet = 1" }))).toBe("hello.greet");
  });

  test("names a module that a handler can name", () => {
    expect(inferHandler(sourceOf({ "hello.world v2.js": "exports.greet = 1" }))).toBe("hello_world_v2.greet");
  });

  test("of a folder is its index's, or that of the only code at its root", () => {
    const index = { "index.ts": "export const a = 1", "other.ts": "export const b = 1" };
    expect(inferHandler(sourceOf(index, true))).toBe("index.a");
    const single = {
      "package.json": "{}",
      "render.ts": "export const b = 1",
      "render.test.ts": "",
      "lib/c.ts": "",
    };
    expect(inferHandler(sourceOf(single, true))).toBe("render.b");
  });

  test("is asked for with what there is to choose from", () => {
    expect(() => inferHandler(sourceOf({ "a.js": "exports.b = 1\nexports.c = 1" }))).toThrow(
      "Choose one: --handler a.b, --handler a.c.",
    );
    expect(() => inferHandler(sourceOf({ "a.js": "" }))).toThrow("Export a function from a.js");
    expect(() => inferHandler(sourceOf({}))).toThrow("--handler MODULE.FUNCTION");
  });
});

describe("the runtime", () => {
  const runtimes = [
    { name: "nodejs8", id: "nodejs", version: "8", fileSuffix: ".js" },
    { name: "nodejs24", id: "nodejs", version: "24", fileSuffix: ".js" },
    { name: "typescript24", id: "typescript", version: "24", fileSuffix: ".ts" },
    { name: "python3.9", id: "python", version: "3.9", fileSuffix: ".py" },
    { name: "python3.10", id: "python", version: "3.10", fileSuffix: ".py" },
  ];

  test.each([
    ["hello.js", "nodejs24"],
    ["hello.mjs", "nodejs24"],
    ["hello.ts", "typescript24"],
    ["hello.py", "python3.10"],
    ["hello.rb", undefined],
    ["hello", undefined],
  ])("of %s is %s", (path, name) => {
    expect(inferRuntime(sourceOf({ [path]: "" }), "hello.a", runtimes)?.name).toBe(name);
  });

  test("of a folder is that of the file the handler names", () => {
    const files = { "a.js": "", "b.ts": "", "package.json": "{}" };
    expect(inferRuntime(sourceOf(files, true), "b.x", runtimes)?.name).toBe("typescript24");
  });
});
