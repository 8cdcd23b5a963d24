import { expect, it } from "vitest";
import { mergeConditions } from "./conditions.ts";
import { createMergePatch } from "./merge-patch.ts";

const ready = (status: "True" | "False", reason: string) => ({
  type: "Ready",
  status,
  reason,
  message: reason,
});
const at = (time: string, generation = 1) => ({ now: new Date(time), generation });

it("changes the transition time only with the status, the generation always", () => {
  const first = mergeConditions(undefined, [ready("False", "A")], at("2026-01-01T00:00:00.123Z"));
  expect(first[0]).toMatchObject({ lastTransitionTime: "2026-01-01T00:00:00Z", observedGeneration: 1 });
  const same = mergeConditions(first, [ready("False", "B")], at("2026-01-02T00:00:00Z", 2));
  expect(same[0]).toMatchObject({
    lastTransitionTime: "2026-01-01T00:00:00Z",
    observedGeneration: 2,
    reason: "B",
  });
  const turned = mergeConditions(same, [ready("True", "C")], at("2026-01-03T00:00:00Z", 2));
  expect(turned[0]?.lastTransitionTime).toBe("2026-01-03T00:00:00Z");
});

it("drops what is not stated any more", () => {
  const before = mergeConditions(
    undefined,
    [ready("True", "A"), { ...ready("True", "B"), type: "Old" }],
    at("2026-01-01"),
  );
  expect(mergeConditions(before, [ready("True", "A")], at("2026-01-02"))).toHaveLength(1);
});

it.each([
  [{ a: 1 }, { a: 1 }, undefined],
  [{ a: 1, b: 2 }, { a: 1 }, { b: null }],
  [{ a: { x: 1, y: 2 } }, { a: { x: 1, z: 3 } }, { a: { y: null, z: 3 } }],
  [{ a: [1, 2] }, { a: [2] }, { a: [2] }],
  [{}, { a: null }, undefined],
  [{ a: {} }, { a: [] }, { a: [] }],
])("the patch from %j to %j is %j", (before, wanted, patch) => {
  expect(createMergePatch(before, wanted)).toEqual(patch);
});
