import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles } from "../src/generated-files.ts";

/** Writes what is generated from the declarations: CRDs, JSON Schemas, reference pages. */
const root = join(import.meta.dirname, "..");
for (const folder of ["crds", "schemas"]) rmSync(join(root, folder), { recursive: true, force: true });
for (const [path, text] of generatedFiles()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
