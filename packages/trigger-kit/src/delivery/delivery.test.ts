import { describe, expect, test } from "vitest";
import type { Outcome } from "../invoker/outcome.ts";
import { createBench, failure, records, success } from "./fixtures/bench.ts";

describe("at most once", () => {
  test("commits a record's position before the function is called with it", async () => {
    const bench = createBench({ guarantee: "atMostOnce" });
    bench.delivery.accept(records("a", 1, 1));
    await bench.settled();
    expect(bench.journal).toEqual(["commit a:1", "call a:1"]);
  });

  test("reserves as many as the window holds by one commit, and no more until there is room", async () => {
    const bench = createBench({ guarantee: "atMostOnce", maxInFlight: 2 });
    bench.delivery.accept(records("a", 1, 4));
    await bench.settled();
    expect(bench.journal).toEqual(["commit a:2", "call a:1", "call a:2"]);
    await bench.answer("a:1");
    expect(bench.journal.slice(3)).toEqual(["commit a:3", "call a:3"]);
  });

  test("calls a record once, whatever the function answers, and counts what failed as lost", async () => {
    const bench = createBench({ guarantee: "atMostOnce" });
    bench.delivery.accept(records("a", 1, 1));
    await bench.settled();
    await bench.answer("a:1", failure(500));
    await bench.pass(3_600_000);
    expect(bench.journal).toEqual(["commit a:1", "call a:1", "lost a:1"]);
  });

  test("calls nothing while the broker does not take the commit", async () => {
    const bench = createBench({ guarantee: "atMostOnce" });
    bench.broker.commitFails = true;
    bench.delivery.accept(records("a", 1, 1));
    await bench.settled();
    expect(bench.journal).toEqual(["commit failed"]);
    bench.broker.commitFails = false;
    await bench.pass(500);
    expect(bench.journal.slice(1)).toEqual(["commit a:1", "call a:1"]);
  });

  test("tries a record again whose call never came about, for want of a connection", async () => {
    const bench = createBench({ guarantee: "atMostOnce" });
    bench.delivery.accept(records("a", 1, 1));
    await bench.settled();
    await bench.answer("a:1", { kind: "unreached", message: "connection refused" });
    await bench.pass(500);
    await bench.answer("a:1");
    expect(bench.journal).toEqual(["commit a:1", "call a:1", "call a:1"]);
  });

  test("tries it no longer than it may wait where its source keeps nothing", async () => {
    const bench = createBench({ guarantee: "atMostOnce" }, { backPressure: "drop", waitMs: 500 });
    bench.delivery.accept(records("a", 1, 1));
    await bench.settled();
    await bench.answer("a:1", { kind: "unreached", message: "connection refused" });
    await bench.pass(500);
    await bench.answer("a:1", { kind: "unreached", message: "connection refused" });
    expect(bench.journal).toEqual(["commit a:1", "call a:1", "call a:1", "lost a:1"]);
  });

  test("holds the position while the function has no ready endpoint", async () => {
    const bench = createBench({ guarantee: "atMostOnce" });
    bench.function.ready = false;
    bench.delivery.accept(records("a", 1, 1));
    await bench.pass(60_000);
    expect(bench.journal).toEqual([]);
    bench.function.ready = true;
    bench.delivery.readinessChanged();
    await bench.settled();
    expect(bench.journal).toEqual(["commit a:1", "call a:1"]);
  });

  test("keeps the order of a partition within a window that one commit reserved", async () => {
    const bench = createBench({ guarantee: "atMostOnce", ordering: "partition" });
    bench.delivery.accept(records("a", 1, 3));
    await bench.settled();
    await bench.answer("a:1", failure(500));
    await bench.answer("a:2");
    expect(bench.journal).toEqual(["commit a:3", "call a:1", "lost a:1", "call a:2", "call a:3"]);
  });

  test("past the end of the session starts no further call, and counts what it had reserved as lost", async () => {
    const bench = createBench({ guarantee: "atMostOnce", ordering: "partition" });
    bench.delivery.accept(records("a", 1, 3));
    await bench.settled();
    bench.broker.lostLanes.add("a");
    await bench.answer("a:1");
    expect(bench.journal).toEqual(["commit a:3", "call a:1", "lost a:2", "lost a:3"]);
  });

  test("a revoked lane is let go when what was reserved has been called", async () => {
    const bench = createBench({ guarantee: "atMostOnce", ordering: "partition" });
    bench.delivery.accept(records("a", 1, 2));
    await bench.settled();
    let revoked = false;
    const revoking = bench.delivery.revoke(["a"]).then(() => {
      revoked = true;
    });
    await bench.answer("a:1");
    expect(revoked).toBe(false);
    await bench.answer("a:2");
    await revoking;
    expect(bench.journal).toEqual(["commit a:2", "call a:1", "call a:2"]);
  });
});

describe("at least once", () => {
  test("commits a record's position after the function's success", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 1));
    await bench.pass(1_000);
    expect(bench.journal).toEqual(["call a:1"]);
    await bench.answer("a:1");
    await bench.pass(100);
    expect(bench.journal).toEqual(["call a:1", "commit a:1"]);
  });

  test("commits without gaps: what is done behind a record that is not waits for it", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 3));
    await bench.answer("a:2");
    await bench.answer("a:3");
    await bench.pass(1_000);
    expect(bench.journal.filter((line) => line.startsWith("commit"))).toEqual([]);
    await bench.answer("a:1");
    await bench.pass(100);
    expect(bench.journal.filter((line) => line.startsWith("commit"))).toEqual(["commit a:3"]);
  });

  test("a record that is done behind one that is not keeps its place in the window, so that a crash repeats a window at most", async () => {
    const bench = createBench({ maxInFlight: 3 });
    bench.delivery.accept(records("a", 1, 9));
    await bench.answer("a:2");
    await bench.answer("a:3");
    expect(bench.calls.size).toBe(1);
    await bench.answer("a:1");
    expect([...bench.calls.keys()]).toEqual(["a:4", "a:5", "a:6"]);
  });

  test("uses up no attempt where no connection came about, until the record is too old", async () => {
    const retry = { maxAttempts: 2, minBackoffMs: 500, maxBackoffMs: 500, maxAgeSeconds: 1 };
    const bench = createBench({ retry });
    bench.delivery.accept(records("a", 1, 1));
    for (const _ of [1, 2]) {
      await bench.answer("a:1", { kind: "unreached", message: "connection refused" });
      await bench.pass(500);
    }
    await bench.answer("a:1", { kind: "unreached", message: "connection refused" });
    expect(bench.journal).toEqual(["call a:1", "call a:1", "call a:1", "dead a:1 TooOld"]);
  });

  test("calls nothing new while the broker takes no commit, so that an outage repeats no more than a crash", async () => {
    const bench = createBench({ maxInFlight: 1 });
    bench.broker.commitFails = true;
    bench.delivery.accept(records("a", 1, 3));
    await bench.answer("a:1");
    await bench.pass(1_100);
    await bench.answer("a:2");
    expect(bench.calls.size).toBe(0);
    bench.broker.commitFails = false;
    await bench.pass(100);
    expect([...bench.calls.keys()]).toEqual(["a:3"]);
  });

  test("tries again with growing back-off, then writes a dead letter and moves on", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1", failure(500));
    await bench.pass(499);
    expect(bench.calls.size).toBe(0);
    await bench.pass(1);
    await bench.answer("a:1", failure(503));
    await bench.pass(999);
    expect(bench.calls.size).toBe(0);
    await bench.pass(1);
    await bench.answer("a:1", failure(500));
    await bench.pass(100);
    expect(bench.journal).toEqual([
      "call a:1",
      "call a:1",
      "call a:1",
      "dead a:1 RetriesExhausted",
      "commit a:1",
    ]);
  });

  test("waits as long as Retry-After says", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1", failure(429, 7_000));
    await bench.pass(6_999);
    expect(bench.calls.size).toBe(0);
    await bench.pass(1);
    expect(bench.calls.size).toBe(1);
  });

  test("waits no longer for Retry-After than until the record is too old", async () => {
    const retry = { maxAttempts: 100, minBackoffMs: 500, maxBackoffMs: 500, maxAgeSeconds: 60 };
    const bench = createBench({ retry });
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1", failure(503, 10 ** 15));
    await bench.pass(60_000);
    await bench.answer("a:1", failure(503, 10 ** 15));
    expect(bench.journal).toEqual(["call a:1", "call a:1", "dead a:1 TooOld"]);
  });

  test("goes on counting where another reader stopped", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 1, { attempts: { count: 2, sinceMs: 999_000 } }));
    await bench.answer("a:1", failure(500));
    expect(bench.journal).toEqual(["call a:1", "dead a:1 RetriesExhausted"]);
  });

  test("a record that is too old gets no further attempt", async () => {
    const bench = createBench({
      retry: { maxAttempts: 100, minBackoffMs: 1000, maxBackoffMs: 1000, maxAgeSeconds: 2 },
    });
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1", failure(500));
    await bench.pass(1_000);
    await bench.answer("a:1", failure(500));
    await bench.pass(1_000);
    await bench.answer("a:1", failure(500));
    expect(bench.journal.at(-1)).toBe("dead a:1 TooOld");
  });

  test("an answer that would be the same next time is not asked for again", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1", failure(404));
    expect(bench.journal).toEqual(["call a:1", "dead a:1 Refused"]);
  });

  test("holds the position while the dead letter cannot be written", async () => {
    const bench = createBench();
    bench.broker.deadLettersFail = true;
    bench.delivery.accept(records("a", 1, 2));
    await bench.answer("a:1", failure(404));
    await bench.answer("a:2");
    await bench.pass(300_000);
    expect(bench.journal.filter((line) => /commit|dead/.test(line))).toEqual([]);
    expect(bench.journal).toContain("held DeadLetterUnwritable");
    bench.broker.deadLettersFail = false;
    await bench.pass(30_100);
    expect(bench.journal.filter((line) => /commit|dead|no more/.test(line))).toEqual([
      "dead a:1 Refused",
      "held no more",
      "commit a:2",
    ]);
  });

  test("holds the position where no dead letter target is named, until the function is mended", async () => {
    const bench = createBench({ deadLetter: false });
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1", failure(400));
    expect(bench.journal).toEqual(["call a:1", "held RetriesExhausted"]);
    await bench.pass(30_000);
    await bench.answer("a:1", success);
    await bench.pass(100);
    expect(bench.journal.slice(2)).toEqual(["call a:1", "held no more", "commit a:1"]);
  });

  test("a function without a ready endpoint uses up no attempt", async () => {
    const bench = createBench({
      retry: { maxAttempts: 1, minBackoffMs: 1, maxBackoffMs: 1, maxAgeSeconds: 9 },
    });
    bench.delivery.accept(records("a", 1, 1));
    bench.function.ready = false;
    await bench.answer("a:1", { kind: "notReady", message: "gone" });
    await bench.pass(5_000);
    bench.function.ready = true;
    bench.delivery.readinessChanged();
    await bench.answer("a:1");
    await bench.pass(100);
    expect(bench.journal).toEqual(["call a:1", "call a:1", "commit a:1"]);
  });

  test("tries a commit again that the broker did not take", async () => {
    const bench = createBench();
    bench.broker.commitFails = true;
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1");
    await bench.pass(250);
    bench.broker.commitFails = false;
    await bench.pass(100);
    expect(bench.journal).toEqual(["call a:1", "commit failed", "commit failed", "commit a:1"]);
  });

  test("commits what is done before a revoked lane is let go, and nothing of it after", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 3));
    await bench.answer("a:1");
    const revoking = bench.delivery.revoke(["a"]);
    await bench.answer("a:2");
    await bench.answer("a:3", failure(500));
    await revoking;
    await bench.pass(60_000);
    expect(bench.journal).toEqual(["call a:1", "call a:2", "call a:3", "commit a:2"]);
  });

  test("an answer that comes after a revoked lane was let go is not committed", async () => {
    const bench = createBench({ drainMs: 1_000 });
    bench.delivery.accept(records("a", 1, 1));
    const revoking = bench.delivery.revoke(["a"]);
    await bench.pass(1_000);
    await revoking;
    await bench.answer("a:1");
    await bench.pass(1_000);
    expect(bench.journal).toEqual(["call a:1"]);
  });

  test("a revoked lane starts nothing more: neither a record that waits for its next attempt nor one that waits for the function", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 3));
    await bench.answer("a:1", failure(500));
    bench.function.ready = false;
    await bench.answer("a:2", { kind: "notReady", message: "gone" });
    const revoking = bench.delivery.revoke(["a"]);
    await bench.pass(5_000);
    bench.function.ready = true;
    bench.delivery.readinessChanged();
    expect([...bench.calls.keys()]).toEqual(["a:3"]);
    await bench.answer("a:3");
    await revoking;
  });

  test("a lane is let go after the time that its source has, though a call is under way", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 1));
    const revoking = bench.delivery.revoke(["a"], 50);
    await bench.pass(50);
    await revoking;
    expect(bench.delivery.counts()).toEqual({ queued: 0, inFlight: 1, waiting: 0 });
  });

  test("a lane that was lost takes nothing in until its source has revoked it: there may be a gap before", async () => {
    const bench = createBench({ ordering: "partition" });
    bench.delivery.accept(records("a", 1, 2));
    bench.broker.lostLanes.add("a");
    await bench.answer("a:1");
    bench.broker.lostLanes.delete("a");
    bench.delivery.accept(records("a", 3, 3));
    await bench.pass(1_000);
    expect(bench.journal).toEqual(["call a:1"]);
    await bench.delivery.revoke(["a"]);
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1");
    await bench.pass(100);
    expect(bench.journal).toEqual(["call a:1", "call a:1", "commit a:1"]);
  });

  test("nothing enters a delivery that is being closed", async () => {
    const bench = createBench();
    bench.delivery.accept(records("a", 1, 1));
    const closing = bench.delivery.close();
    bench.delivery.accept(records("b", 1, 1));
    await bench.answer("a:1");
    await closing;
    expect(bench.journal).toEqual(["call a:1", "commit a:1"]);
  });

  test("a lane that comes back starts afresh", async () => {
    const bench = createBench({ ordering: "partition" });
    bench.delivery.accept(records("a", 1, 2));
    const revoking = bench.delivery.revoke(["a"]);
    await bench.answer("a:1", failure(500));
    await revoking;
    bench.delivery.accept(records("a", 1, 1));
    await bench.answer("a:1");
    await bench.pass(100);
    expect(bench.journal).toEqual(["call a:1", "call a:1", "commit a:1"]);
  });
});

describe("order", () => {
  test("of a partition: one at a time, and a retry holds back what is behind it", async () => {
    const bench = createBench({ ordering: "partition" });
    bench.delivery.accept([...records("a", 1, 2), ...records("b", 1, 1)]);
    expect([...bench.calls.keys()]).toEqual(["a:1", "b:1"]);
    await bench.answer("a:1", failure(500));
    expect([...bench.calls.keys()]).toEqual(["b:1"]);
    await bench.pass(500);
    await bench.answer("a:1");
    expect([...bench.calls.keys()]).toEqual(["b:1", "a:2"]);
  });

  test("of a key: other keys, and records without one, go past a key that is being tried again", async () => {
    const bench = createBench({ ordering: "key" });
    const key = (text: string) => ({ key: new TextEncoder().encode(text) });
    bench.delivery.accept([
      ...records("a", 1, 2, key("x")),
      ...records("a", 3, 3, key("y")),
      ...records("a", 4, 4),
    ]);
    expect([...bench.calls.keys()]).toEqual(["a:1", "a:3", "a:4"]);
    await bench.answer("a:1");
    expect([...bench.calls.keys()]).toEqual(["a:3", "a:4", "a:2"]);
  });
});

describe("a batch", () => {
  const batch = { maxSize: 3, maxWaitMs: 200 };

  test("is called when it is full, or when its first record has waited long enough", async () => {
    const bench = createBench({ batch, maxInFlight: 9 });
    bench.delivery.accept(records("a", 1, 4));
    expect([...bench.calls.keys()]).toEqual(["a:1+a:2+a:3"]);
    await bench.pass(200);
    expect([...bench.calls.keys()]).toEqual(["a:1+a:2+a:3", "a:4"]);
  });

  const naming = (id: string): Outcome => ({
    kind: "success",
    status: 200,
    headers: {},
    body: new TextEncoder().encode(JSON.stringify({ batchItemFailures: [{ itemIdentifier: id }] })),
  });

  test("tries again only the records that its reply names", async () => {
    const bench = createBench({ batch, maxInFlight: 9 });
    bench.delivery.accept(records("a", 1, 3));
    await bench.answer("a:1+a:2+a:3", naming("a:2"));
    await bench.pass(500);
    expect([...bench.calls.keys()]).toEqual(["a:2"]);
    expect(bench.journal).toContain("commit a:1");
  });

  test("with an order, moves nothing that is behind the first failed record until that is done", async () => {
    const bench = createBench({ batch, maxInFlight: 9, ordering: "partition" });
    bench.delivery.accept(records("a", 1, 5));
    await bench.answer("a:1+a:2+a:3", naming("a:2"));
    await bench.pass(500);
    expect([...bench.calls.keys()]).toEqual(["a:2"]);
    await bench.answer("a:2");
    expect([...bench.calls.keys()]).toEqual(["a:3+a:4+a:5"]);
  });

  test("with an order, that fails as a whole is tried again one by one until the failing record is done", async () => {
    const bench = createBench({ batch, maxInFlight: 9, ordering: "partition" });
    bench.delivery.accept(records("a", 1, 3));
    await bench.answer("a:1+a:2+a:3", failure(500));
    await bench.pass(500);
    expect([...bench.calls.keys()]).toEqual(["a:1"]);
    await bench.answer("a:1", failure(400));
    await bench.pass(200);
    expect([...bench.calls.keys()]).toEqual(["a:2+a:3"]);
  });

  test("with an order, is one at a time", async () => {
    const bench = createBench({ batch, maxInFlight: 9, ordering: "partition" });
    bench.delivery.accept(records("a", 1, 9));
    await bench.answer("a:1+a:2+a:3");
    expect([...bench.calls.keys()]).toEqual(["a:4+a:5+a:6"]);
  });

  test("that names what is none of its records fails as a whole", async () => {
    const bench = createBench({ batch, maxInFlight: 9 });
    bench.delivery.accept(records("a", 1, 3));
    await bench.answer("a:1+a:2+a:3", naming("undefined"));
    await bench.pass(500);
    expect([...bench.calls.keys()]).toEqual(["a:1", "a:2", "a:3"]);
    expect(bench.journal.filter((line) => line.startsWith("commit"))).toEqual([]);
  });

  test("an answer that is no such reply names nothing", async () => {
    const bench = createBench({ batch, maxInFlight: 9 });
    bench.delivery.accept(records("a", 1, 3));
    await bench.answer("a:1+a:2+a:3", {
      kind: "success",
      status: 200,
      headers: {},
      body: new TextEncoder().encode('{"batchItemFailures": 7'),
    });
    await bench.pass(100);
    expect(bench.journal).toContain("commit a:3");
  });
});

describe("a filter", () => {
  test("that says no skips and commits", async () => {
    const bench = createBench({}, { filter: (record) => record.id !== "a:1" });
    bench.delivery.accept(records("a", 1, 2));
    await bench.answer("a:2");
    await bench.pass(100);
    expect(bench.journal).toEqual(["skipped a:1", "call a:2", "commit a:2"]);
  });

  test("that throws makes a failed event", async () => {
    const bench = createBench(
      {},
      {
        filter: () => {
          throw new Error("no such key: data.amount");
        },
      },
    );
    bench.delivery.accept(records("a", 1, 1));
    await bench.settled();
    expect(bench.journal).toEqual(["dead a:1 FilterFailed"]);
  });
});

describe("memory", () => {
  const big = { body: new Uint8Array(1000) };

  test("reading stops at the bound and goes on when half of it is committed", async () => {
    const bench = createBench({ maxBytes: 4_000, maxInFlight: 2 }, {});
    bench.delivery.accept(records("a", 1, 3, big));
    expect(bench.broker.paused).toBe(true);
    await bench.answer("a:1");
    expect(bench.broker.paused).toBe(true);
    await bench.answer("a:2");
    expect(bench.broker.paused).toBe(true);
    await bench.pass(100);
    expect(bench.broker.paused).toBe(false);
  });

  test("what a source cannot keep waits for a ready endpoint as long as a call may take, then it is dropped and counted", async () => {
    const bench = createBench({ guarantee: "atMostOnce" }, { backPressure: "drop", waitMs: 5_000 });
    bench.function.ready = false;
    bench.delivery.accept(records("a", 1, 2));
    await bench.pass(3_000);
    bench.delivery.accept(records("b", 1, 1));
    await bench.pass(2_000);
    expect(bench.journal).toEqual(["dropped 2"]);
    bench.function.ready = true;
    bench.delivery.readinessChanged();
    await bench.pass(60_000);
    expect(bench.journal).toEqual(["dropped 2", "commit b:1", "call b:1"]);
    expect(bench.delivery.counts()).toEqual({ queued: 1, inFlight: 1, waiting: 0 });
  });

  test("a record that was reserved when the function's last endpoint went is lost once, and counted once", async () => {
    const bench = createBench({ guarantee: "atMostOnce" }, { backPressure: "drop", waitMs: 5_000 });
    bench.delivery.accept(records("a", 1, 1));
    await bench.settled();
    bench.function.ready = false;
    await bench.answer("a:1", { kind: "notReady", message: "gone" });
    bench.delivery.readinessChanged();
    await bench.pass(60_000);
    expect(bench.journal).toEqual(["commit a:1", "call a:1", "lost a:1"]);
    expect(bench.delivery.counts()).toEqual({ queued: 0, inFlight: 0, waiting: 0 });
  });

  test("a source that cannot wait drops what exceeds the bound, and it is counted", async () => {
    const bench = createBench({ guarantee: "atMostOnce", maxBytes: 4_000 }, { backPressure: "drop" });
    bench.delivery.accept(records("a", 1, 5, big));
    await bench.settled();
    expect(bench.journal).toEqual(["dropped 3", "commit a:2", "call a:1", "call a:2"]);
  });
});
