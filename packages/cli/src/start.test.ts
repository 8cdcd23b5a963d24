import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

function start(program: string, ...argv: readonly string[]): string {
  const bin = fileURLToPath(new URL(program, import.meta.url));
  const flags = ["--conditions=@kubeless/source", "--disable-warning=ExperimentalWarning"];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, bin, ...argv], { encoding: "utf8" });
  return `${stdout}${stderr}`;
}

test.each([
  ["itself", "bin.ts", "Usage kubeless function COMMAND"],
  ["kubectl's plugin", "kubectl-kubeless/bin.ts", "Usage kubectl kubeless function COMMAND"],
])("started as %s the program speaks of itself so", (_, program, usage) => {
  expect(start(program, "function", "--help").replace(/\s+/g, " ")).toContain(usage);
});

test("kubectl is told what can follow, by the program it asks for that", () => {
  const [first, ...others] = start("kubectl-complete/bin.ts", "function", "de").trimEnd().split("\n");
  expect(first).toMatch(/^deploy\t/);
  expect(others.at(-1)).toBe(":4");
});
