import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repository } from "./fixtures.ts";
import { checkGenerated } from "./generated.ts";

const withGenerator = (committed: string, generated: readonly string[] | undefined) =>
  repository({
    "packages/a/package.json": { name: "@kubeless/a", generated, scripts: { generate: "node generate.mjs" } },
    "packages/a/generate.mjs":
      'import { writeFileSync } from "node:fs"; writeFileSync("crds/a.yaml", "kind: A\\n");',
    "packages/a/crds/a.yaml": committed,
  });

describe("generated files", () => {
  test("what the generator writes is fine", () => {
    expect(checkGenerated(withGenerator("kind: A\n", ["crds"]))).toEqual([]);
  });

  test("a file changed by hand is caught, and left as it was", () => {
    const root = withGenerator("kind: B\n", ["crds"]);
    expect(checkGenerated(root).map(({ where }) => where)).toEqual(["packages/a/crds/a.yaml"]);
    expect(readFileSync(join(root, "packages/a/crds/a.yaml"), "utf8")).toBe("kind: B\n");
  });

  test("a generator that does not say what it writes is caught", () => {
    expect(checkGenerated(withGenerator("kind: A\n", undefined))[0]?.what).toContain(
      'does not list under "generated"',
    );
  });
});
