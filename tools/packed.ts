import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPacked } from "./src/packed.ts";

/** Run after a build: is what would be published good under every Node that we support? */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node22 = join(dirname(createRequire(import.meta.url).resolve("node-22/package.json")), "bin/node");
const nodes = [
  { name: "22", binary: node22 },
  { name: "24", binary: process.execPath },
];

const faults = await checkPacked(root, nodes);
for (const fault of faults) console.error(`${fault.where} ${fault.what}`);
process.exitCode = faults.length === 0 ? 0 : 1;
