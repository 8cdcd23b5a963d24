import { spawnSync } from "node:child_process";
import { globSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checks, faultsOf } from "./src/checks.ts";
import { summarize } from "./src/summary.ts";

/**
 * `npm test`: lint, types, tests, builds and the rules of the house; ends with one plain line of counts.
 * With KUBELESS_TEST_KUBECONFIG the suites that have a real Kubernetes for a judge then run on it, and every scenario on
 * the local platform; with KUBELESS_TEST_TOOLS delivery is tried through faults of the brokers that its scripts start;
 * with KUBELESS_TEST_NODE=22 the tests run once more under that Node.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const again = process.env.KUBELESS_TEST_NODE === "22";
const onCluster = process.env.KUBELESS_TEST_KUBECONFIG !== undefined;
const throughFaults = process.env.KUBELESS_TEST_TOOLS !== undefined;
const thorough = [...(onCluster ? ["test:scenarios"] : []), ...(throughFaults ? ["test:faults"] : [])];

// A report of an earlier run, of a task that is not asked for now, would be counted too.
for (const report of globSync("{packages/*,e2e,tools}/.vitest/report-*.json", { cwd: root }))
  rmSync(join(root, report));

const lint = step("Lint", "biome", ["check", "--error-on-warnings", "."]);
const tasks = [
  turbo(
    "Types, tests, builds",
    ["typecheck", "test", "build", "packed", ...(again ? ["test:node22"] : [])],
    3,
  ),
  // The cluster is one package's at a time: some suites take it away for a while.
  !onCluster || turbo("Tests on Kubernetes", ["test:cluster"], 1),
  thorough.length === 0 || turbo("Every scenario locally, delivery through faults", thorough, 2),
].every(Boolean);

let passed = lint ? 1 : 0;
let failed = lint ? 0 : 1;
console.log("\nRules of the house");
for (const check of checks) {
  const faults = await faultsOf(check, root);
  console.log(`${faults.length === 0 ? "✓" : "✗"} ${check.rule}`);
  for (const fault of faults) console.log(`    ${fault.where} ${fault.what}`);
  if (faults.length === 0) passed += 1;
  else failed += 1;
}

const tests = summarize(root);
for (const group of tests.skippedGroups) console.log(`skipped: ${group}`);
for (const failure of tests.failures) console.log(`failed: ${failure}`);
passed += tests.passed;
failed += tests.failed;
if (!tasks && tests.failed === 0) failed += 1;
console.log(`\n${passed} passed, ${failed} failed, ${tests.skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

function turbo(title: string, names: readonly string[], concurrency: number): boolean {
  const flags = ["--continue=always", "--output-logs=new-only", "--log-order=grouped", "--ui=stream"];
  return step(title, "turbo", ["run", ...names, ...flags, `--concurrency=${concurrency}`]);
}

function step(title: string, command: string, argv: readonly string[]): boolean {
  console.log(`\n${title}`);
  const { status, error } = spawnSync(command, argv, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  if (error !== undefined) console.error(`${command} did not start: ${error.message}`);
  return status === 0;
}
