import { describe, expect, test } from "vitest";
import { checkSchedule, checkTimeZone } from "./schedule.ts";

describe("a schedule that Kubernetes takes", () => {
  test.each([
    "* * * * *",
    "*/5 * * * *",
    "5/15 * * * *",
    "0 9-17/2 * * mon-fri",
    "0 0 1,15 JAN *",
    "? ? ? ? ?",
    "59 23 31 12 6",
    "  0 0 * * *  ",
    "@hourly",
    "@daily",
    "@every 90s",
    "@every 1h30m",
  ])("%s", (schedule) => {
    expect(checkSchedule(schedule)).toBeUndefined();
  });
});

describe("a schedule that Kubernetes refuses, and what is said of it", () => {
  test.each([
    ["61 * * * *", 'The minute "61" is outside of 0 to 59.'],
    ["* 24 * * *", 'The hour "24" is outside of 0 to 23.'],
    ["* * 0 * *", 'The day of the month "0" is outside of 1 to 31.'],
    ["* * * 13 *", 'The month "13" is outside of 1 to 12.'],
    ["* * * * 7", 'The day of the week "7" is outside of 0 to 6.'],
    ["* * * * L", 'The day of the week "L" is neither a number from 0 to 6 nor a name nor *.'],
    ["*/0 * * * *", 'The minute "*/0" has a step of 0.'],
    ["*/x * * * *", 'The minute "*/x" has a step that is no number.'],
    ["5-1 * * * *", 'The minute "5-1" ends before it begins.'],
    ["1-2-3 * * * *", 'The minute "1-2-3" has more than one -.'],
    ["1/2/3 * * * *", 'The minute "1/2/3" has more than one /.'],
    ["1,,2 * * * *", 'The minute "" is neither a number from 0 to 59 nor *.'],
    ["-5 * * * *", 'The minute "-5" is neither a number from 0 to 59 nor *.'],
    ["1.5 * * * *", 'The minute "1.5" is neither a number from 0 to 59 nor *.'],
    [
      "0 0 * * * *",
      'A schedule has five fields (minute, hour, day of the month, month, day of the week); "0 0 * * * *" has 6.',
    ],
    ["", 'A schedule has five fields (minute, hour, day of the month, month, day of the week); "" has 1.'],
    [
      "@reboot",
      "@reboot is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every <duration>.",
    ],
    [
      "@every",
      "@every is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every <duration>.",
    ],
    [
      "@every 5",
      "@every 5 is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every <duration>.",
    ],
  ])("%s", (schedule, fault) => {
    expect(checkSchedule(schedule)).toBe(fault);
  });
});

describe("a time zone", () => {
  test.each(["Europe/Berlin", "Etc/UTC", "America/Argentina/Buenos_Aires"])("%s is one", (zone) => {
    expect(checkTimeZone(zone)).toBeUndefined();
  });

  test("one that is not in the database is named", () => {
    expect(checkTimeZone("europe/berlin")).toBe(
      "europe/berlin is not a time zone of the IANA database, but Europe/Berlin is: upper and lower case count.",
    );
    expect(checkTimeZone("Mars/Olympus")).toBe(
      "Mars/Olympus is not a time zone of the IANA database, such as Europe/Berlin or Etc/UTC.",
    );
  });
});
