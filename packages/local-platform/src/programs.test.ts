import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { findProgram } from "./programs.ts";

test("a program is the first on the PATH that can be run", () => {
  const root = mkdtempSync(join(tmpdir(), "path-"));
  const folders = ["empty", "text", "program", "later"].map((name) => join(root, name));
  for (const folder of folders) mkdirSync(folder);
  for (const folder of folders.slice(1)) writeFileSync(join(folder, "npm"), "");
  for (const folder of folders.slice(2)) chmodSync(join(folder, "npm"), 0o755);
  expect(findProgram("npm", ["", ".", ...folders].join(delimiter))).toBe(join(root, "program", "npm"));
  expect(findProgram("npm", folders[0])).toBeUndefined();
  expect(findProgram("npm")).toBeUndefined();
});
