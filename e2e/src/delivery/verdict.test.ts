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
    replicaWindow: 1,
    window: 1,
    commitIntervalMs: 0,
    maxAttempts: 2,
    published: events.length,
    stored: new Map(
      events.map((id, index) => [id, { lane: "0", index, digest: `body of ${id}`, whole: `whole ${id}` }]),
    ),
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
    const calls = [call("e0", 0), call("e1", 1, { status: 404 }), call("e2", 2)];
    expect(violations({ calls, deadLetters: new Map([["e1", ["whole e1"]]]) })).toEqual([]);
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
      "1 events were delivered for the first time out of order, the first is e1.",
    ]);
    expect(violations({ calls, ordered: false })).toEqual([]);
  });

  test("compares what was called and what was dead-lettered with what was sent", () => {
    expect(violations({ calls: [call("e0", 0, { digest: "other" }), call("e1", 1), call("e2", 2)] })).toEqual(
      ["1 calls carried what no event holds, the first of e0."],
    );
    expect(
      violations({
        calls: [call("e0", 0), call("e1", 1, { status: 500 }), call("e2", 2)],
        deadLetters: new Map([["e1", ["other"]]]),
      }),
    ).toEqual(["1 dead letters are not what was sent."]);
  });

  test("names dead letters that the function gave no cause for", () => {
    const calls = [call("e0", 0), call("e2", 2)];
    expect(violations({ calls, deadLetters: new Map([["e1", ["whole e1"]]]) })).toEqual([
      "1 events became dead letters without cause, the first is e1.",
    ]);
    const once = [call("e0", 0), call("e1", 1, { status: 500 }), call("e2", 2)];
    expect(violations({ calls: once, maxAttempts: 6, deadLetters: new Map([["e1", ["whole e1"]]]) })).toEqual(
      ["1 events became dead letters without cause, the first is e1."],
    );
  });

  test("allows no more dead letters of one event than repeats", () => {
    const run = {
      calls: [call("e0", 0), call("e1", 1, { status: 404 }), call("e2", 2)],
      deadLetters: new Map([["e1", ["whole e1", "whole e1"]]]),
    };
    expect(violations(run)).toEqual(["1 dead letters were written again, 0 are allowed in all."]);
    expect(violations({ ...run, faults: [killed] })).toEqual([]);
  });

  test("does not let repeats raise what is allowed of them", () => {
    const repeats = Array.from({ length: 20 }, () => call("e0", 101));
    const calls = [call("e0", 0), call("e1", 10), call("e2", 20), ...repeats];
    expect(violations({ calls, faults: [killed], commitIntervalMs: 5 })).toEqual([
      "20 repeats after a replica was killed, 2 are allowed.",
    ]);
  });

  test("takes a replica that counts a loss at least once at its word", () => {
    expect(violations({ countedLost: 1 })).toEqual(["1 events were lost, by the replicas' own count."]);
  });

  test("names an event that did not wait for the one before it to be tried again", () => {
    const calls = [call("e0", 0, { status: 500 }), call("e1", 1), call("e0", 5), call("e2", 7)];
    const late = ["1 events were delivered for the first time out of order, the first is e1."];
    expect(violations({ calls })).toEqual(late);
    expect(violations({ calls: [call("e0", 0, { endedMs: 9 }), call("e1", 1), call("e2", 10)] })).toEqual(
      late,
    );
    expect(
      violations({ calls: [call("e0", 0, { status: 500 }), call("e0", 5), call("e1", 6), call("e2", 7)] }),
    ).toEqual([]);
  });

  test("names events that were published and that the broker does not hold, and a run without any", () => {
    expect(violations({ published: 4 })).toEqual(["The broker took 4 events and holds 3."]);
    expect(violations({ published: 0, stored: new Map(), calls: [] })).toEqual([
      "There were no events: the run shows nothing.",
    ]);
  });

  test("allows at most once no second call, whatever the first one came to", () => {
    const calls = [call("e0", 0, { status: 500 }), call("e0", 1), call("e1", 2), call("e2", 3)];
    expect(violations({ guarantee: "atMostOnce", calls, countedLost: 1 })).toEqual([
      "1 events were called twice, the first is e0, again 0.0 s after a call that was answered 500, after the start.",
    ]);
  });

  test("allows at most once a window lost for each fault, and uncounted only where a process died", () => {
    const run = { guarantee: "atMostOnce" as const, calls: [call("e0", 0), call("e2", 2)] };
    expect(violations({ ...run, faults: [killed] })).toEqual([]);
    expect(violations({ ...run, faults: [{ ...killed, isDeath: false }] })).toEqual([
      "1 events were lost that nobody counted: more than a window of 1 for each of 0 deaths.",
    ]);
    expect(violations({ ...run, faults: [{ ...killed, isDeath: false }], countedLost: 1 })).toEqual([]);
    expect(violations({ ...run, calls: [call("e0", 0)], faults: [killed], countedLost: 1 })).toEqual([
      "2 events were lost: more than a window of 1 for each fault.",
    ]);
  });

  test("wants a failed call counted at most once, and nothing counted that was not", () => {
    const failed = [call("e0", 0), call("e1", 1, { status: 500 }), call("e2", 2)];
    const run = { guarantee: "atMostOnce" as const, calls: failed };
    expect(violations({ ...run, countedLost: 1 })).toEqual([]);
    expect(violations(run)).toEqual([
      "1 events were lost that nobody counted: more than a window of 1 for each of 0 deaths.",
    ]);
    expect(violations({ ...run, countedLost: 3 })).toEqual([
      "The replicas count 3 lost events: 2 more than there were.",
    ]);
  });

  test("does not let a fault count that met no call in flight", () => {
    expect(violations({ faults: [{ ...killed, inFlight: 0 }] })).toEqual([
      "No call was in flight when a replica was killed: the run shows nothing of it.",
    ]);
    expect(violations({ faults: [{ ...killed, inFlight: 0 }, killed] })).toEqual([]);
  });
});
