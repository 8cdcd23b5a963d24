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
    "const { env } = process;",
    "const { pid, env: { HOME } } = process;",
    'import { env } from "node:process";',
    'import { env as environment, pid } from "process";',
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

  test("what else a process has is not caught", () => {
    const text = 'import { pid } from "node:process"; const { argv } = process; const { env } = options;';
    expect(faultsIn("src/client.ts", text)).toEqual([]);
  });

  test("a comment may speak of it", () => {
    expect(faultsIn("src/client.ts", "// process.env is read in main.ts")).toEqual([]);
  });
});
