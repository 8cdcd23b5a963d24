import { expect, test } from "vitest";
import { isBehind, toCheckpoint, toCheckpointNotes } from "./checkpoint.ts";

const created = "1";

test("what was written down is read again, and not by the reader of another stream of the same name", () => {
  const attempts = new Map([["shardId-000000000000:7:2", { count: 3, sinceMs: 5 }]]);
  const checkpoint = { after: { sequence: "7", sub: 1 }, isFinished: false, attempts };
  const notes = toCheckpointNotes(checkpoint, created);
  expect(toCheckpoint(notes, created)).toEqual(checkpoint);
  expect(toCheckpoint(notes, "2")).toEqual({ isFinished: false, attempts: new Map() });
});

test.each([
  ["no number", "nonsense"],
  ["nothing", ""],
  ["a fraction", "1.5"],
])("where %s stands for the place in an aggregated record, nothing of it is taken for done", (_, sub) => {
  const { after } = toCheckpoint({ created, sequence: "7", "sub-sequence": sub }, created);
  expect(after && isBehind({ sequence: "7", sub: 0 }, after)).toBe(true);
});

test.each([
  ["no JSON", "nonsense"],
  ["null", "null"],
  ["numbers", '{"a:1":5}'],
  ["counts that are none", '{"a:1":{"count":"x","sinceMs":1}}'],
])("attempts that are %s are counted anew", (_, attempts) => {
  expect(toCheckpoint({ created, sequence: "7", attempts }, created).attempts).toEqual(new Map());
});

test("attempts of ten thousand records fit on a Lease", () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `shardId-000000000000:${"4".repeat(56)}:${index}`);
  const attempts = new Map(ids.map((id) => [id, { count: 1_000, sinceMs: Date.now() }]));
  const notes = toCheckpointNotes({ isFinished: false, attempts }, created);
  expect(JSON.stringify(notes).length).toBeLessThan(256 * 1024);
  expect(toCheckpoint(notes, created).attempts.get(ids[0] ?? "")).toMatchObject({ count: 1_000 });
});
