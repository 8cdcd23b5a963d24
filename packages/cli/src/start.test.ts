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

test.each([
  [
    "hints",
    ["function", "list", "--kubeconfig", "/nowhere"],
    "Start one on this machine with kubectl kubeless local up",
  ],
  ["examples", ["function", "list", "--help"], "kubectl kubeless function list -o wide"],
])("kubectl's plugin spells %s as they are typed there", (_, argv, spelled) => {
  const said = start("kubectl-kubeless/bin.ts", ...argv);
  expect(said).toContain(spelled);
  expect(said).not.toMatch(/(?<!kubectl )kubeless (local|function)/);
});

test("kubectl is told what can follow, by the program it asks for that", () => {
  const [first, ...others] = start("kubectl-complete/bin.ts", "function", "de").trimEnd().split("\n");
  expect(first).toMatch(/^deploy\t/);
  expect(others.at(-1)).toBe(":4");
});
