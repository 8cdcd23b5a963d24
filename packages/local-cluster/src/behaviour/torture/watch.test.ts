import { expect, test } from "vitest";
import { tortureWatches } from "./watch.ts";

test("watchers that break off, resume or sleep see all that writers in each other's way have written", {
  timeout: 120_000,
}, async () => {
  const { faults, relists, conflicts } = await tortureWatches({
    objects: 300,
    watchers: 20,
    updates: 600,
    seed: 4,
    historyLimit: 100,
  });
  expect(faults).toEqual([]);
  expect(relists).toBeGreaterThan(0);
  expect(conflicts).toBeGreaterThan(0);
});
