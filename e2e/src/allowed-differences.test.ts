import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allowedDifferences } from "./allowed-differences.ts";

const sources = globSync("scenarios/*/*.test.ts", { cwd: import.meta.dirname }).map((file) =>
  readFileSync(`${import.meta.dirname}/${file}`, "utf8"),
);

describe("the allowed differences", () => {
  test.each(allowedDifferences)("name a scenario that exists: $scenario", ({ scenario }) => {
    expect(sources.filter((source) => source.includes(`"${scenario}"`))).toHaveLength(1);
  });
});
