import { describe, expect, test } from "vitest";
import { checkEnvironment } from "./environment.ts";
import { repository } from "./fixtures.ts";

const faultsIn = (file: string, text: string) =>
  checkEnvironment(
    repository({ "packages/a/package.json": { name: "@kubeless/a" }, [`packages/a/${file}`]: text }),
  );

describe("the environment", () => {
  test.each([
    "process.env.HOME",
    'process["env"].HOME',
    "process?.env",
    "const { HOME } = process.env;",
    "process\n  .env",
  ])("%s is caught in library code", (text) => {
    expect(faultsIn("src/client.ts", text)).toHaveLength(1);
  });

  test.each(["src/main.ts", "src/provisioner/main.ts", "src/bin.ts", "src/a.test.ts"])(
    "%s may read it",
    (file) => {
      expect(faultsIn(file, "process.env.HOME")).toEqual([]);
    },
  );

  test("it is caught between two globs, which look like the ends of a comment", () => {
    expect(
      faultsIn("src/client.ts", 'const a = "packages/*";\nprocess.env.HOME;\nconst b = "*/src";'),
    ).toHaveLength(1);
  });

  test("a comment may speak of it", () => {
    expect(faultsIn("src/client.ts", "// process.env is read in main.ts")).toEqual([]);
  });
});
