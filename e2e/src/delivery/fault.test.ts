import { expect, test } from "vitest";
import { type Fault, planFaults } from "./fault.ts";

const fault = (name: string): Fault => ({ name, lastsMs: 1, begin() {}, end() {} });

test("a plan holds every fault at least once, and as many as are asked for", () => {
  const plan = planFaults([fault("a"), fault("b")], 5, Math.random);
  expect(plan).toHaveLength(5);
  expect(new Set(plan.map(({ name }) => name))).toEqual(new Set(["a", "b"]));
});

test("a fault that there is not is no fault left out", () => {
  expect(() => planFaults([fault("a")], ["a", "b"], Math.random)).toThrow('There is no fault "b".');
});
