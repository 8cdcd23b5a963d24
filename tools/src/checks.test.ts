import { describe, expect, test } from "vitest";
import { faultsOf } from "./checks.ts";
import { repository } from "./fixtures.ts";
import { checkGenerated } from "./generated.ts";

describe("the rules of the house", () => {
  test("a check that cannot be made is a fault, so that the others are made and the counts told", async () => {
    const root = repository({
      "packages/a/package.json": {
        name: "@kubeless/a",
        generated: ["crds"],
        scripts: { generate: "node gone.mjs" },
      },
    });
    expect(await faultsOf({ rule: "Generated files", run: checkGenerated }, root)).toEqual([
      { where: root, what: expect.stringMatching(/^could not be checked: .*generate/) },
    ]);
  });
});
