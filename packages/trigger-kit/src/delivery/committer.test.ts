import { expect, test } from "vitest";
import { type Committer, createCommitter } from "./committer.ts";
import type { Lane } from "./entry.ts";

/** A committer whose broker answers when it is told to, and a lane with one done record. */
function createBench() {
  let now = 0;
  let answer = Promise.withResolvers<void>();
  const lane: Lane = { name: "a", entries: [], done: 1, revoked: false };
  const committer: Committer = createCommitter({
    subscription: { commit: () => answer.promise },
    intervalMs: 100,
    atOnce: 10,
    behindAfterMs: 250,
    clock: { now: () => now, setTimeout: () => ({ clear: () => undefined }) },
    committed: () => undefined,
    failed: () => undefined,
    forget: () => undefined,
  });
  return {
    committer,
    lane,
    at: (ms: number) => {
      now = ms;
    },
    async brokerAnswers(error?: Error) {
      const asked = answer;
      answer = Promise.withResolvers<void>();
      if (error === undefined) asked.resolve();
      else asked.reject(error);
      await new Promise(setImmediate);
    },
  };
}

test("is behind when what is done has waited too long, on its way to the broker too", async () => {
  const { committer, lane, at, brokerAnswers } = createBench();
  committer.mark(lane);
  at(100);
  void committer.flush();
  at(251);
  expect(committer.isBehind()).toBe(true);
  await brokerAnswers();
  expect(committer.isBehind()).toBe(false);
});

test("counts what was done while a commit was on its way from then, not from the commit's end", async () => {
  const { committer, lane, at, brokerAnswers } = createBench();
  committer.mark(lane);
  void committer.flush();
  at(10);
  committer.mark(lane);
  at(240);
  await brokerAnswers();
  at(261);
  expect(committer.isBehind()).toBe(true);
});

test("goes on counting from the start when the broker did not take a commit", async () => {
  const { committer, lane, at, brokerAnswers } = createBench();
  committer.mark(lane);
  void committer.flush();
  at(240);
  await brokerAnswers(new Error("not the leader"));
  at(251);
  expect(committer.isBehind()).toBe(true);
});

test("is not behind for a lane that was taken away while its commit was on its way", async () => {
  const { committer, lane, at, brokerAnswers } = createBench();
  committer.mark(lane);
  void committer.flush();
  lane.done = 0;
  committer.unmark(lane);
  await brokerAnswers(new Error("the group is being rebalanced"));
  at(1_000);
  expect(committer.isBehind()).toBe(false);
});
