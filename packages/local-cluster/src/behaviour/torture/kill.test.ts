import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killOverAndOver } from "./kill.ts";

test("a cluster that is killed with SIGKILL, writing or starting, has all it acknowledged", {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "killed-"));
  const { acknowledged, lost } = await killOverAndOver({ folder, kills: 10, seed: 20_261_126 });
  rmSync(folder, { recursive: true });
  expect(lost).toEqual([]);
  expect(acknowledged).toBeGreaterThan(100);
});
