import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

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

test("the program ends when it has said what is wrong, whatever a broker that says nothing leaves open", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void silent.close());
  await once(silent, "listening");
  const server = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const bin = fileURLToPath(new URL("bin.ts", import.meta.url));
  const asked = ["trigger", "nats", "publish", "--topic", "a", "--data", "b", "--servers", server];
  const child = execFile(process.execPath, ["--conditions=@kubeless/source", bin, ...asked]);
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, "exit");
  expect([code, said]).toEqual([1, expect.stringContaining("The servers cannot be reached")]);
}, 30_000);
