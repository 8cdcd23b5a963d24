import { expect, test } from "vitest";
import { parseSchedule } from "./schedule.ts";
import { formatInZone } from "./zoned-time.ts";

const at = (text: string) => Date.parse(text);

function nextOf(text: string, zone: string | undefined, from: string): string | undefined {
  const next = parseSchedule(text, zone).nextDue(at(from), at(from));
  return next === undefined ? undefined : new Date(next).toISOString();
}

test.each([
  ["*/5 * * * *", undefined, "2026-11-24T14:01:00Z", "2026-11-24T14:05:00.000Z"],
  ["5/15 * * * *", undefined, "2026-11-24T14:01:00Z", "2026-11-24T14:05:00.000Z"],
  ["*/100 * * * *", undefined, "2026-11-24T14:01:00Z", "2026-11-24T15:00:00.000Z"],
  ["9/100 1-5/100 * * *", undefined, "2026-11-24T14:01:00Z", "2026-11-25T01:09:00.000Z"],
  ["0 0 */32 */13 *", undefined, "2026-11-24T14:01:00Z", "2027-01-01T00:00:00.000Z"],
  ["0 0 */1 * 1", undefined, "2026-11-24T14:01:00Z", "2026-11-30T00:00:00.000Z"],
  ["0 0 */2 * 1", undefined, "2026-11-24T14:01:00Z", "2026-11-25T00:00:00.000Z"],
  ["0 0 23 * ?,4", undefined, "2026-11-24T14:01:00Z", "2026-12-23T00:00:00.000Z"],
  ["? ? 1 * 1", undefined, "2026-11-24T14:01:00Z", "2026-11-30T00:00:00.000Z"],
  ["0 0 * * sun", undefined, "2026-11-24T14:01:00Z", "2026-11-29T00:00:00.000Z"],
  ["@weekly", undefined, "2026-11-24T14:01:00Z", "2026-11-29T00:00:00.000Z"],
  ["0 3 * * *", "Europe/Berlin", "2026-11-24T14:01:00Z", "2026-11-25T02:00:00.000Z"],
  ["@every 1h30m", undefined, "2026-11-24T14:01:00Z", "2026-11-24T15:31:00.000Z"],
  ["@every 10ms", undefined, "2026-11-24T14:01:00Z", "2026-11-24T14:01:01.000Z"],
])("%s in %s is due next after %s at %s", (schedule, zone, from, next) => {
  expect(nextOf(schedule, zone, from)).toBe(next);
});

test("what falls into an hour that summer time skips is not made up", () => {
  expect(nextOf("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z")).toBe("2026-03-30T00:30:00.000Z");
});

test("a date that never comes is never due", () => {
  expect(nextOf("0 0 31 2 *", undefined, "2026-11-24T14:01:00Z")).toBeUndefined();
});

test("of the runs since the last one, the latest is due", () => {
  const hourly = parseSchedule("0 * * * *", undefined);
  expect(hourly.lastDue(at("2026-11-24T10:00:00Z"), at("2026-11-24T14:01:00Z"))).toBe(
    at("2026-11-24T14:00:00Z"),
  );
  expect(hourly.lastDue(at("2026-11-24T14:00:00Z"), at("2026-11-24T14:59:59Z"))).toBeUndefined();
  expect(hourly.lastDue(at("2026-11-24T14:00:00Z"), at("2026-11-24T15:00:00Z"))).toBe(
    at("2026-11-24T15:00:00Z"),
  );
  const every = parseSchedule("@every 90s", undefined);
  expect(every.lastDue(at("2026-11-24T14:00:00Z"), at("2026-11-24T14:01:29Z"))).toBeUndefined();
  expect(every.lastDue(at("2026-11-24T14:00:00Z"), at("2026-11-24T14:04:00Z"))).toBe(
    at("2026-11-24T14:03:00Z"),
  );
});

test.each(["@every soon", "@every", "every day", "61 * * * *"])("%s is refused", (schedule) => {
  expect(() => parseSchedule(schedule, undefined)).toThrow();
});

test("times are written in their zone", () => {
  const time = at("2026-11-24T14:12:00Z");
  expect(formatInZone(time, undefined)).toBe("2026-11-24T14:12:00Z");
  expect(formatInZone(time, "Europe/Berlin")).toBe("2026-11-24T15:12:00+01:00");
  expect(formatInZone(time, "America/St_Johns")).toBe("2026-11-24T10:42:00-03:30");
});
