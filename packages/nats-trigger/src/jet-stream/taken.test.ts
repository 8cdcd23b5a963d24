import { describe, expect, test } from "vitest";
import { createTaken } from "./taken.ts";

/** Delivers these to a reader that takes what is new and not behind a gap. */
function read(deliveries: readonly (readonly [sequence: number, delivery: number, times?: number])[]) {
  const taken = createTaken({ sequence: 10, delivery: 10 });
  const told = deliveries.map(([sequence, delivery, times = 1]) => {
    if (taken.isBehindGap({ sequence, delivery, times })) return "gap";
    if (taken.has(sequence)) return "known";
    taken.add(sequence);
    return "new";
  });
  return { taken, told };
}

describe("what a single reader has taken", () => {
  test("is known when it is given out again, also by servers that forgot how often they delivered", () => {
    expect(
      read([
        [11, 11],
        [15, 12],
        [15, 13, 2],
        [11, 11],
        [15, 12],
        [16, 13],
      ]).told,
    ).toEqual(["new", "new", "known", "known", "known", "new"]);
  });

  test("is not what was delivered to the reader before", () => {
    expect(
      read([
        [11, 11],
        [9, 12, 2],
        [9, 13, 3],
        [8, 14, 2],
      ]).told,
    ).toEqual(["new", "new", "known", "new"]);
  });

  test("is not what was sent and never came, though something that follows it did", () => {
    const { taken, told } = read([
      [11, 11],
      [14, 14],
      [14, 15, 2],
      [12, 16, 2],
      [15, 17],
    ]);
    expect(told).toEqual(["new", "gap", "new", "new", "new"]);
    expect([10, 11, 12, 13, 14, 15, 16].filter(taken.has)).toEqual([11, 12, 14, 15]);
  });

  test("is not what was sent before the reader's first message and never came", () => {
    expect(
      read([
        [13, 13],
        [11, 14, 2],
        [13, 15, 2],
      ]).told,
    ).toEqual(["gap", "new", "new"]);
  });

  test("that comes again waits for nothing", () => {
    expect(read([[11, 14, 2]]).told).toEqual(["new"]);
  });
});
