import { expect, test } from "vitest";
import { subjectMatcher } from "./subject.ts";

test.each([
  ["a", "a", true],
  ["a.b", "a.*", true],
  ["a.b.c", "a.*.c", true],
  ["a.b.c", "a.>", true],
  ["a.b", ">", true],
  ["a.b", "*.>", true],
  ["a", "b", false],
  ["a", "a.>", false],
  ["a", "a.*", false],
  ["a.b.c", "a.*", false],
  ["a.b", "a.b.c", false],
  ["a.b.d", "a.*.c", false],
])("%s for who reads %s: %s", (subject, filter, does) => {
  expect(subjectMatcher(filter)(subject)).toBe(does);
});
