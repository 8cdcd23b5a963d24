import { describe, expect, test } from "vitest";
import type { Call } from "./function-server.ts";
import { judge, type Observation } from "./verdict.ts";

const call = (id: string, startedMs: number, more: Partial<Call> = {}): Call => ({
  id,
  startedMs,
  endedMs: startedMs + 1,
  status: 200,
  digest: `body of ${id}`,
  ...more,
});

const killed = { name: "a replica was killed", startedMs: 100, endedMs: 110, inFlight: 2, isDeath: true };

function observe(more: Partial<Observation>): Observation {
  const events = ["e0", "e1", "e2"];
  return {
    guarantee: "atLeastOnce",
    ordered: true,
    window: 1,
    commitIntervalMs: 0,
    stored: new Map(events.map((id, index) => [id, { lane: "0", index, digest: `body of ${id}` }])),
    calls: events.map((id, at) => call(id, at)),
    deadLetters: new Map(),
    faults: [],
    countedLost: 0,
    ...more,
  };
}

const violations = (more: Partial<Observation>) => judge(observe(more)).violations;

describe("the verdict on a run", () => {
  test("is silent when every event was delivered once, in order", () => {
    expect(judge(observe({}))).toMatchObject({
      violations: [],
      events: 3,
      delivered: 3,
      lost: 0,
      duplicates: 0,
    });
  });

  test("names an event that was neither delivered nor dead-lettered", () => {
    expect(violations({ calls: [call("e0", 0), call("e2", 2)] })).toEqual([
      "1 events were lost, the first is e1.",
    ]);
    expect(
      violations({ calls: [call("e0", 0), call("e2", 2)], deadLetters: new Map([["e1", ["body of e1"]]]) }),
    ).toEqual([]);
  });

  test("does not take an answer that was cut off for a delivery", () => {
    const { endedMs: _, status: __, ...cut } = call("e1", 1);
    expect(violations({ calls: [call("e0", 0), cut, call("e2", 2)] })).toEqual([
      "1 events were lost, the first is e1.",
    ]);
  });

  test("allows as many repeats after a fault as a window and a commit interval hold, and none without", () => {
    const calls = [call("e0", 0), call("e1", 1), call("e0", 101), call("e1", 102), call("e2", 103)];
    expect(violations({ calls, faults: [killed] })).toEqual([]);
    expect(violations({ calls: [...calls, call("e2", 104)], faults: [killed] })).toEqual([
      "3 repeats after a replica was killed, 2 are allowed.",
    ]);
    expect(violations({ calls })).toEqual(["2 repeats after no fault at all, 0 are allowed."]);
  });

  test("names first deliveries that are out of order, where there is one", () => {
    const calls = [call("e1", 0), call("e0", 1), call("e2", 2)];
    expect(violations({ calls })).toEqual([
      "1 events were delivered for the first time out of order, the first is e0.",
    ]);
    expect(violations({ calls, ordered: false })).toEqual([]);
  });

  test("compares what was called and what was dead-lettered with what was sent", () => {
    expect(violations({ calls: [call("e0", 0, { digest: "other" }), call("e1", 1), call("e2", 2)] })).toEqual(
      ["1 calls carried what no event holds, the first of e0."],
    );
    expect(violations({ deadLetters: new Map([["e1", ["other"]]]) })).toEqual([
      "1 dead letters are not what was sent.",
    ]);
  });

  test("allows at most once no second call, whatever the first one came to", () => {
    const calls = [call("e0", 0, { status: 500 }), call("e0", 1), call("e1", 2), call("e2", 3)];
    expect(violations({ guarantee: "atMostOnce", calls })).toEqual([
      "1 events were called twice, the first is e0.",
    ]);
  });

  test("allows at most once a window lost for each fault, and uncounted only where a process died", () => {
    const run = { guarantee: "atMostOnce" as const, calls: [call("e0", 0), call("e2", 2)] };
    expect(violations({ ...run, faults: [killed] })).toEqual([]);
    expect(violations({ ...run, faults: [{ ...killed, isDeath: false }] })).toEqual([
      "1 events were lost that nobody counted: more than a window for each of 0 deaths.",
    ]);
    expect(violations({ ...run, faults: [{ ...killed, isDeath: false }], countedLost: 1 })).toEqual([]);
    expect(violations({ ...run, calls: [call("e0", 0)], faults: [killed], countedLost: 1 })).toEqual([
      "2 events were lost: more than a window of 1 for each fault.",
    ]);
  });

  test("does not let a fault count that met no call in flight", () => {
    expect(violations({ faults: [{ ...killed, inFlight: 0 }] })).toEqual([
      "No call was in flight when a replica was killed: the run shows nothing of it.",
    ]);
    expect(violations({ faults: [{ ...killed, inFlight: 0 }, killed] })).toEqual([]);
  });
});
