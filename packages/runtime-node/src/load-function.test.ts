import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith } from "./fixtures/function-process.ts";
import { findModuleFile, loadFunction } from "./load-function.ts";

describe("a handler", () => {
  const modules: readonly [what: string, file: string, source: string, name: string | undefined][] = [
    ["a CommonJS export", "a.js", "exports.f = () => 'found'", "f"],
    ["a CommonJS export that a lexer cannot see", "a.js", "module.exports = { ['f']: () => 'found' }", "f"],
    ["module.exports that is a function, whatever its name", "a.js", "module.exports = () => 'found'", "any"],
    ["an ES export in .js", "a.js", "export const f = () => 'found'", "f"],
    ["an ES export in .mjs", "a.mjs", "export function f() { return 'found' }", "f"],
    ["a CommonJS export in .cjs", "a.cjs", "exports.f = () => 'found'", "f"],
    ["a default export", "a.mjs", "export default () => 'found'", "any"],
    ["a method of a default export", "a.mjs", "export default { f() { return 'found' } }", "f"],
    ["a TypeScript export", "a.ts", "export const f = (): string => 'found' as string", "f"],
    [
      "the only function, when none is named",
      "a.mjs",
      "export const x = 1; export const init = () => 1; export const f = () => 'found'",
      undefined,
    ],
    [
      "the default export, when none is named",
      "a.mjs",
      "export const g = () => 1; export default () => 'found'",
      undefined,
    ],
  ];

  it.each(modules)("is %s", async (_what, name, source, handler) => {
    const folder = folderWith({ [name]: source });
    const loaded = await loadFunction(findModuleFile(folder, "a"), handler);
    expect(loaded.handler(undefined as never, undefined as never)).toBe("found");
  });

  it("is not something that every object has", async () => {
    const file = join(folderWith({ "a.js": "exports.f = () => 1" }), "a.js");
    await expect(loadFunction(file, "toString")).rejects.toMatchObject({ code: "EXPORT_NOT_FOUND" });
    await expect(loadFunction(file, "__proto__")).rejects.toMatchObject({ code: "EXPORT_NOT_FOUND" });
  });

  it("must be named when there are several", async () => {
    const file = join(folderWith({ "a.js": "exports.f = exports.g = () => 1" }), "a.js");
    await expect(loadFunction(file)).rejects.toThrow(/exports f, g/);
  });

  it("named init is not also run as the lifecycle's init", async () => {
    const file = join(folderWith({ "a.js": "exports.init = () => 1" }), "a.js");
    expect((await loadFunction(file, "init")).init).toBeUndefined();
  });

  it("is looked for in .js before .ts, unless the module is named with its ending", () => {
    const folder = folderWith({ "a.js": "", "a.ts": "" });
    expect(findModuleFile(folder, "a")).toBe(join(folder, "a.js"));
    expect(findModuleFile(folder, "a.ts")).toBe(join(folder, "a.ts"));
  });
});
