import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFolder } from "./data-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder is given to one living process at a time", () => {
  const unlock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(
    `a cluster with process id ${process.pid} is running in ${folder}`,
  );
  unlock();
  lockFolder(folder)();
});

test.each([
  ["a process that is gone", "999999999 1\n"],
  ["a process whose number another one has now", `${process.pid} 1\n`],
  ["nobody, as its writer was killed in between", ""],
  ["what no lock holds", "../../etc/passwd"],
])("a lock of %s is taken over", (_whose, text) => {
  writeFileSync(join(folder, "lock"), text);
  lockFolder(folder)();
});
