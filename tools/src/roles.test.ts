import { describe, expect, test } from "vitest";
import { repository } from "./fixtures.ts";
import { checkRoles } from "./roles.ts";

const complete = (name: string) => ({
  [`packages/${name}/package.json`]: { name: `@kubeless/${name}` },
  [`packages/${name}/README.md`]: "",
  [`packages/${name}/tsconfig.json`]: {},
  [`packages/${name}/src/index.ts`]: "",
});
const faultsOf = (files: Record<string, string | object>) =>
  checkRoles(repository(files)).map(({ where, what }) => `${where} ${what}`);

describe("file roles", () => {
  test("a package with the files of its kind is fine", () => {
    expect(faultsOf(complete("api-types"))).toEqual([]);
  });

  test("a package without a README is caught", () => {
    const { "packages/api-types/README.md": _, ...rest } = complete("api-types") as Record<
      string,
      string | object
    >;
    expect(faultsOf(rest)).toEqual([
      "packages/api-types has no README.md, which every package of its kind has.",
    ]);
  });

  test("a trigger lacks an image, a manifest, a main, its source and the source's test", () => {
    expect(faultsOf(complete("kafka-trigger")).map((fault) => /has no (\S+),/.exec(fault)?.[1])).toEqual([
      "Dockerfile",
      "manifests",
      "src/main.ts",
      "src/kafka-source.ts",
      "src/kafka-source.test.ts",
    ]);
  });

  test.each(["src/utils.ts", "src/helpers/a.ts", "src/common.ts", "src/fetchSource.ts"])(
    "%s is caught by its name",
    (file) => {
      expect(faultsOf({ ...complete("api-types"), [`packages/api-types/${file}`]: "" })).toHaveLength(1);
    },
  );

  test("a file that lies about at the top of a package is caught", () => {
    expect(faultsOf({ ...complete("api-types"), "packages/api-types/notes.txt": "" })).toHaveLength(1);
  });
});
