import { describe, expect, test } from "vitest";
import { repository } from "./fixtures.ts";
import { checkNames } from "./names.ts";

const faultsIn = (file: string, text: string) =>
  checkNames(
    repository({
      "packages/api-types/package.json": { name: "@kubeless/api-types" },
      "packages/api-types/src/names.ts": `
        export const GROUP = "example.io";
        export const labels = { team: "team", revision: "example.io/revision" };
        export const legacyFinalizers = { Function: "example.io/function" };`,
      "packages/api-types/src/event-headers.ts": 'export const eventHeaders = { id: "event-id" };',
      "packages/a/package.json": { name: "@kubeless/a" },
      "packages/runtime-node/package.json": { name: "@kubeless/runtime-node" },
      [`packages/${file}`]: text,
    }),
  );

describe("names that api-types declares", () => {
  test.each([
    ["a label", 'const selector = { "example.io/revision": hash };', "example.io/revision"],
    ["a finalizer", "remove('example.io/function');", "example.io/function"],
    ["a header", "headers[`event-id`]", "event-id"],
  ])("%s that another package writes out is caught", async (_what, text, name) => {
    expect(await faultsIn("a/src/deep/b.ts", text)).toEqual([
      { where: "packages/a/src/deep/b.ts", what: expect.stringContaining(`"${name}"`) },
    ]);
  });

  test.each([
    ["a reason", "no(fault.reason as Reason, fault.message)", "Reason"],
    ["a condition's type", "(type as ConditionType<'Function'>)", "ConditionType"],
  ])("a text that is cast to %s is caught", async (_what, text, type) => {
    expect(await faultsIn("a/src/b.ts", text)).toEqual([
      { where: "packages/a/src/b.ts", what: expect.stringContaining(`casts to ${type}:`) },
    ]);
  });

  test("types that are imported under another name are no casts", async () => {
    expect(await faultsIn("a/src/b.ts", 'import { Reason as Why } from "@kubeless/api-types";')).toEqual([]);
  });

  test.each([
    ["a test", "a/src/b.test.ts", '"event-id"'],
    ["a comment", "a/src/b.ts", '// sends "event-id"'],
    ["a package that stands alone", "runtime-node/src/b.ts", '"event-id"'],
    ["the declaring package", "api-types/src/b.ts", '"event-id"'],
  ])("%s may say one", async (_what, file, text) => {
    expect(await faultsIn(file, text)).toEqual([]);
  });

  test("a single word, a longer one and the group mean other things too", async () => {
    expect(await faultsIn("a/src/b.ts", '["team", "my-event-id", "example.io"]')).toEqual([]);
  });
});
