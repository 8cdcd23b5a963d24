import { describe, expect, test } from "vitest";
import { repository } from "./fixtures.ts";
import { checkPacked } from "./packed.ts";

const nodes = [{ name: "of this test", binary: process.execPath }];
const manifest = {
  name: "@kubeless/a",
  version: "0.1.0",
  type: "module",
  license: "Apache-2.0",
  files: ["dist"],
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
};
const types = { "packages/a/dist/index.d.ts": "export declare const a: number;\n" };
const faultsOf = async (files: Record<string, string | object>) => {
  const workspace = { "pnpm-workspace.yaml": 'packages: ["packages/*"]' };
  return (await checkPacked(repository({ ...workspace, ...files }), nodes)).map(({ what }) => what);
};

describe("a packed package", () => {
  test("that is whole installs into an empty folder and can be imported", async () => {
    expect(
      await faultsOf({
        "packages/a/package.json": manifest,
        ...types,
        "packages/a/dist/index.js": "export const a = 1;\n",
      }),
    ).toEqual([]);
  });

  test("that imports what it does not depend on is caught", async () => {
    const faults = await faultsOf({
      "packages/a/package.json": manifest,
      ...types,
      "packages/a/dist/index.js": 'import "not-a-dependency";\nexport const a = 1;\n',
    });
    expect(faults).toEqual([expect.stringContaining("cannot be imported under Node of this test")]);
  });

  test("that leaves a declared file out of its tarball is caught by publint and attw", async () => {
    const faults = await faultsOf({
      "packages/a/package.json": { ...manifest, files: ["dist/index.js"] },
      ...types,
      "packages/a/dist/index.js": "export const a = 1;\n",
    });
    expect(faults).toEqual([
      expect.stringContaining("is not clean under publint"),
      expect.stringContaining("is not clean under attw"),
    ]);
  });
});
