import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("a delay that is longer than any timer is not over at once", async () => {
  let isOver = false;
  const long = systemClock.setTimeout(() => {
    isOver = true;
  }, 2 ** 40);
  await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 20));
  long.clear();
  expect(isOver).toBe(false);
});
