import { describe, expect, test } from "vitest";
import { checkArrows } from "./arrows.ts";
import { repository } from "./fixtures.ts";

const manifest = (name: string, more: object = {}) => ({
  [`packages/${name}/package.json`]: { name: `@kubeless/${name}`, ...more },
});
const faultsOf = (files: Record<string, string | object>) =>
  checkArrows(repository(files)).map(({ where, what }) => `${where} ${what}`);

describe("arrows between packages", () => {
  test("an arrow of the house is fine, and so is a package's import of itself", () => {
    expect(
      faultsOf({
        ...manifest("controller-kit", { dependencies: { "@kubeless/api-types": "workspace:*" } }),
        "packages/controller-kit/src/index.ts":
          'import { x } from "@kubeless/api-types";\nexport { y } from "./y.ts";',
      }),
    ).toEqual([]);
  });

  test.each([
    ["a static import", 'import { start } from "@kubeless/function-controller";'],
    ["a type", 'import type { Start } from "@kubeless/function-controller";'],
    ["a re-export", 'export * from "@kubeless/function-controller";'],
    ["a dynamic import", 'const m = await import("@kubeless/function-controller");'],
    ["a bare import", 'import "@kubeless/function-controller";'],
    ["a dynamic import in backticks", "const m = await import(`@kubeless/function-controller`);"],
    ["a type that is imported where it stands", 'type T = import("@kubeless/function-controller").T;'],
    [
      "a require",
      'const m = createRequire(import.meta.url)("x") ?? require("@kubeless/function-controller");',
    ],
    ["a look for its files", 'const file = import.meta.resolve("@kubeless/function-controller");'],
  ])("an arrow that turns back is caught in %s", (_, text) => {
    expect(faultsOf({ ...manifest("controller-kit"), "packages/controller-kit/src/a.ts": text })).toEqual([
      "packages/controller-kit/src/a.ts imports @kubeless/function-controller: controller-kit may import api-types.",
    ]);
  });

  test("an import in a comment is no import", () => {
    expect(
      faultsOf({
        ...manifest("runtime-node"),
        "packages/runtime-node/src/a.ts": '/** from "@kubeless/cli" */\n// from "@kubeless/cli"',
      }),
    ).toEqual([]);
  });

  test("a door that is not public is caught", () => {
    expect(
      faultsOf({
        ...manifest("cli"),
        "packages/cli/src/a.ts": 'import { x } from "@kubeless/api-types/src/x.ts";',
      })[0],
    ).toContain('only "." and "./testing" are public doors');
  });

  test("another package's files, reached by a path, are caught", () => {
    expect(
      faultsOf({
        ...manifest("cli"),
        "packages/cli/src/a.ts": 'import { x } from "../../api-types/src/x.ts";',
      })[0],
    ).toContain("lies outside of its package");
  });

  test("tests may use the API server's testing door, shipped code may not", () => {
    const text = 'import { startApiServer } from "@kubeless/local-cluster/testing";';
    expect(
      faultsOf({ ...manifest("controller-kit"), "packages/controller-kit/src/a.test.ts": text }),
    ).toEqual([]);
    expect(
      faultsOf({ ...manifest("controller-kit"), "packages/controller-kit/src/a.ts": text }),
    ).toHaveLength(2);
  });

  test("the command line loads the local platform only when it is needed", () => {
    expect(
      faultsOf({
        ...manifest("cli"),
        "packages/cli/src/a.ts": 'import { up } from "@kubeless/local-platform";',
      })[0],
    ).toContain("at load time");
    expect(
      faultsOf({
        ...manifest("cli"),
        "packages/cli/src/a.ts": 'const { up } = await import("@kubeless/local-platform");',
      }),
    ).toEqual([]);
  });

  test.each([
    [
      "an exported function that imports later",
      'export async function up() {\n  const { up } = await import("@kubeless/local-platform")\n}',
    ],
    [
      "an exported arrow function that imports later",
      'export const up = () => import("@kubeless/local-platform")',
    ],
    [
      "an import beside another without semicolons",
      'import { a } from "./a.ts"\nconst up = () => import("@kubeless/local-platform")',
    ],
    ["a type, which is gone when it runs", 'import type { Platform } from "@kubeless/local-platform"'],
    [
      "a comment about it",
      '/*\nimport { up } from "@kubeless/local-platform";\n*/\nconst up = () => import("@kubeless/local-platform");',
    ],
  ])("is loaded lazily by %s", (_, text) => {
    expect(faultsOf({ ...manifest("cli"), "packages/cli/src/a.ts": text })).toEqual([]);
  });

  test.each([
    [
      "names over several lines",
      'import {\n  up, // the whole of it\n  type Platform,\n} from "@kubeless/local-platform";',
    ],
    ["everything", 'import * as platform from "@kubeless/local-platform"'],
    ["nothing but its effects", 'import "@kubeless/local-platform"'],
    ["a re-export", 'export { up } from "@kubeless/local-platform"'],
    ["a re-export of all", 'export * from "@kubeless/local-platform"'],
    ["a value that is called type", 'import type, { up } from "@kubeless/local-platform"'],
  ])("is loaded at load time by an import of %s", (_, text) => {
    expect(faultsOf({ ...manifest("cli"), "packages/cli/src/a.ts": text })).toEqual([
      expect.stringContaining("at load time"),
    ]);
  });

  test("a dependency that package.json declares against the arrows is caught", () => {
    expect(
      faultsOf(manifest("api-types", { dependencies: { "@kubeless/cli": "workspace:*" } }))[0],
    ).toContain("depends on @kubeless/cli: api-types may depend on nothing of ours");
  });

  test("a package that only tests need is a devDependency, and one that not even they may import is caught", () => {
    const devDependencies = { "@kubeless/local-cluster": "workspace:*", "@kubeless/cli": "workspace:*" };
    expect(faultsOf(manifest("api-types", { devDependencies }))).toEqual([
      "packages/api-types/package.json depends on @kubeless/cli: api-types and its tests may depend on local-cluster, runtime-node, api-types.",
    ]);
  });
});
