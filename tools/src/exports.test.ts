import { describe, expect, test } from "vitest";
import { checkExports } from "./exports.ts";
import { repository } from "./fixtures.ts";

const door = (name: string) => ({
  "@kubeless/source": `./src/${name}.ts`,
  types: `./dist/${name}.d.ts`,
  default: `./dist/${name}.js`,
});
const built = (name: string) => ({
  [`packages/a/src/${name}.ts`]: "",
  [`packages/a/dist/${name}.d.ts`]: "",
  [`packages/a/dist/${name}.js`]: "",
});
const faultsOf = (files: Record<string, string | object>) =>
  checkExports(repository(files)).map(({ what }) => what);

describe("exports", () => {
  test("a door that was built with its types is fine, and so are programs and chunks", () => {
    expect(
      faultsOf({
        "packages/a/package.json": { exports: { ".": door("index"), "./package.json": "./package.json" } },
        ...built("index"),
        "packages/a/src/provisioner/main.ts": "",
        "packages/a/dist/provisioner.js": "",
        "packages/a/dist/chunk-ABCDEFGH.js": "",
      }),
    ).toEqual([]);
  });

  test("a door that no build made is caught, file by file", () => {
    expect(
      faultsOf({
        "packages/a/package.json": { exports: { "./testing": door("testing") } },
        "packages/a/src/testing.ts": "",
      }),
    ).toEqual([
      "declares ./dist/testing.d.ts, which does not exist after the build.",
      "declares ./dist/testing.js, which does not exist after the build.",
    ]);
  });

  test("a bin that no build made is caught", () => {
    expect(faultsOf({ "packages/a/package.json": { bin: { a: "./dist/bin.js" } } })).toEqual([
      "declares ./dist/bin.js, which does not exist after the build.",
    ]);
  });

  test.each(["forgotten", "kafka-forgotten", "a-platform"])(
    "an entry %s that no door leads to is caught",
    (name) => {
      expect(
        faultsOf({
          "packages/a/package.json": { exports: { ".": door("index") } },
          ...built("index"),
          ...built(name),
        }),
      ).toEqual(["was built but no export of package.json leads to it."]);
    },
  );

  test("conditions in an order in which the source would never match are caught", () => {
    const { "@kubeless/source": source, ...rest } = door("index");
    expect(
      faultsOf({
        "packages/a/package.json": { exports: { ".": { ...rest, "@kubeless/source": source } } },
        ...built("index"),
      })[0],
    ).toContain("in this order");
  });
});
