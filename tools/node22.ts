import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Run in a package's folder: its tests once more, under the oldest Node that we support. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node22 = join(dirname(createRequire(import.meta.url).resolve("node-22/package.json")), "bin/node");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const argv = [
  "run",
  "--config",
  join(root, "vitest.config.ts"),
  "--root",
  ".",
  "--outputFile.json=.vitest/report-node22.json",
];

const { status } = spawnSync(node22, [vitest, ...argv, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, PATH: `${dirname(node22)}:${process.env.PATH}` },
});
process.exitCode = status ?? 1;
