import { describe, expect, test } from "vitest";
import { createTaken } from "./taken.ts";

/** Delivers these to a reader that takes what is new and not behind a gap; `anew`: it has waited for what got lost. */
function read(deliveries: readonly (readonly [sequence: number, delivery: number] | "anew")[]) {
  const taken = createTaken({ sequence: 10, delivery: 10 });
  const told = deliveries.map((each) => {
    if (each === "anew") return taken.startAnew();
    const [sequence, delivery] = each;
    if (taken.isBehindGap({ sequence, delivery })) return "gap";
    if (taken.has(sequence)) return "known";
    taken.add(sequence);
    return "new";
  });
  return { taken, told: told.filter((each) => each !== undefined) };
}

describe("what a single reader has taken", () => {
  test("is known when it is given out again, also by servers that forgot how often they delivered", () => {
    expect(
      read([
        [11, 11],
        [15, 12],
        [15, 13],
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
        [9, 12],
        [9, 13],
        [8, 14],
      ]).told,
    ).toEqual(["new", "new", "known", "new"]);
  });

  test("is not what was sent and never came, though something that follows it did", () => {
    const { taken, told } = read([[11, 11], "anew", [14, 14], [12, 16], [15, 17]]);
    expect(told).toEqual(["new", "new", "new", "new"]);
    expect([10, 11, 12, 13, 14, 15, 16].filter(taken.has)).toEqual([11, 12, 14, 15]);
  });

  test("has a gap where a delivery is left out, until what got lost was waited for", () => {
    expect(read([[11, 11], [14, 14], [15, 15], "anew", [12, 18], [13, 19], [14, 20]]).told).toEqual([
      "new",
      "gap",
      "new",
      "new",
      "new",
      "new",
    ]);
  });

  test("has a gap where what was to come again got lost too", () => {
    expect(read([[11, 11], "anew", [12, 16], [14, 18]]).told).toEqual(["new", "new", "gap"]);
  });

  test("has a gap before its first message where one that was sent before never came", () => {
    expect(read([[13, 13]]).told).toEqual(["gap"]);
  });
});
