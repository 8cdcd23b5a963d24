import { describe, expect, it } from "vitest";
import { createRolloutGate } from "./rollout-gate.ts";

describe("a gate with two places", () => {
  const open = () => {
    const clock = { now: 0 };
    return { clock, gate: createRolloutGate({ places: 2, forgottenAfterMs: 60_000, now: () => clock.now }) };
  };

  it("lets two in, and the next one when one has left", () => {
    const { gate } = open();
    expect(["a", "b", "c"].map(gate.enter)).toEqual([true, true, false]);
    gate.leave("a");
    expect(gate.enter("c")).toBe(true);
    expect(gate.enter("a")).toBe(false);
  });

  it("keeps a place for who asks again, however long it takes", () => {
    const { gate, clock } = open();
    gate.enter("a");
    gate.enter("b");
    for (clock.now = 0; clock.now < 600_000; clock.now += 5_000) {
      gate.enter("a");
      gate.enter("b");
      expect(gate.enter("c")).toBe(false);
    }
  });

  it("gives away the place of one that was not heard of: its function was deleted", () => {
    const { gate, clock } = open();
    gate.enter("a");
    gate.enter("b");
    clock.now = 60_001;
    expect(gate.enter("c")).toBe(true);
    expect(gate.holds("a")).toBe(false);
  });
});
