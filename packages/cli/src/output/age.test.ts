import { expect, test } from "vitest";
import { formatAge } from "./age.ts";

const now = new Date("2026-01-10T00:00:00Z");
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();

test.each([
  [0, "0s"],
  [119, "119s"],
  [120, "2m0s"],
  [599, "9m59s"],
  [600, "10m"],
  [3 * 3600, "3h"],
  [47 * 3600, "47h"],
  [48 * 3600, "2d"],
  [-5, "0s"],
])("%i seconds ago is %s", (seconds, age) => {
  expect(formatAge(before(seconds), now)).toBe(age);
});

test("no time is no age", () => expect(formatAge(undefined, now)).toBe(""));
