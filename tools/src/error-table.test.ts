import { describe, expect, test } from "vitest";
import { checkErrorTables } from "./error-table.ts";
import { repository } from "./fixtures.ts";

const source =
  'export const errors = { LOAD_FAILED: { message: "cannot load {file}", action: "check the path" } };';
const readme = (rows: string) =>
  `# A\n\n## Errors\n\n| code | message | what to do |\n|---|---|---|\n${rows}\n\n## Next\n\n| OTHER | x | y |\n`;
const faultsOf = async (files: Record<string, string>) =>
  (
    await checkErrorTables(
      repository({ "packages/a/package.json": { name: "@kubeless/a", type: "module" }, ...files }),
    )
  ).map(({ what }) => what);

describe("error tables", () => {
  test("a table that is documented word for word is fine", async () => {
    expect(
      await faultsOf({
        "packages/a/src/errors.ts": source,
        "packages/a/README.md": readme("| `LOAD_FAILED` | cannot load {file} | check the path |"),
      }),
    ).toEqual([]);
  });

  test("an error without documentation is caught, with the row to add", async () => {
    expect(
      await faultsOf({ "packages/a/src/errors.ts": source, "packages/a/README.md": readme("") }),
    ).toEqual([
      "does not document the error LOAD_FAILED: add the row | LOAD_FAILED | cannot load {file} | check the path |.",
    ]);
  });

  test("documentation that drifted is caught", async () => {
    expect(
      (
        await faultsOf({
          "packages/a/src/errors.ts": source,
          "packages/a/README.md": readme("| LOAD_FAILED | cannot load it | check the path |"),
        })
      )[0],
    ).toContain('src/errors.ts says: "cannot load {file}');
  });

  test("documentation of an error that is gone is caught", async () => {
    expect(
      await faultsOf({
        "packages/a/src/errors.ts": "export const errors = {};",
        "packages/a/README.md": readme("| LOAD_FAILED | x | y |"),
      }),
    ).toEqual(["documents the error LOAD_FAILED, which src/errors.ts does not have."]);
  });

  test("a package without a table of errors has nothing to document", async () => {
    expect(await faultsOf({ "packages/a/src/index.ts": "" })).toEqual([]);
  });
});
