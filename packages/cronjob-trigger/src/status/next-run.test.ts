import { describe, expect, test } from "vitest";
import { nextRun } from "./next-run.ts";

describe("the next run", () => {
  const noon = new Date("2026-03-28T12:00:30Z");

  test.each([
    ["* * * * *", undefined, "2026-03-28T12:01:00.000Z"],
    ["0 12 * * *", undefined, "2026-03-29T12:00:00.000Z"],
    ["? 3 * * ?", undefined, "2026-03-29T03:00:00.000Z"],
    ["30 2 * * *", "Asia/Tokyo", "2026-03-28T17:30:00.000Z"],
    ["0/5 * * * *", undefined, "2026-03-28T12:05:00.000Z"],
    ["7/20 * * * *", undefined, "2026-03-28T12:07:00.000Z"],
    ["*/100 * * * *", undefined, "2026-03-28T13:00:00.000Z"],
    ["9/100 1-5/100 * * *", undefined, "2026-03-29T01:09:00.000Z"],
    ["0 0 */32 */13 *", undefined, "2027-01-01T00:00:00.000Z"],
    ["0 0 * * */8", undefined, "2026-03-29T00:00:00.000Z"],
    ["0 0 */1 * 1", undefined, "2026-03-30T00:00:00.000Z"],
    ["0 0 */2 * 1", undefined, "2026-03-29T00:00:00.000Z"],
    ["0 0 23 * ?,4", undefined, "2026-04-23T00:00:00.000Z"],
    ["@hourly", undefined, "2026-03-28T13:00:00.000Z"],
  ])("of %s in %s is %s", (schedule, timeZone, expected) => {
    expect(nextRun(schedule, timeZone, noon)?.toISOString()).toBe(expected);
  });

  test("is not in an hour that summer time skips", () => {
    expect(nextRun("30 2 * * *", "Europe/Berlin", noon)?.toISOString()).toBe("2026-03-30T00:30:00.000Z");
  });

  test("of an interval is not a matter of the calendar", () => {
    expect(nextRun("@every 5m", undefined, noon)).toBeUndefined();
  });

  test("of a day that never comes is none", () => {
    expect(nextRun("0 0 31 2 *", undefined, noon)).toBeUndefined();
  });
});
