import { expect, it } from "vitest";
import { createWorkQueue } from "./work-queue.ts";

it("holds a key once, however often it is added", async () => {
  const queue = createWorkQueue();
  queue.add("a");
  queue.add("a");
  expect(queue.ready).toBe(1);
});

it("hands a key that is being worked on to nobody else, and again when it is finished", async () => {
  const queue = createWorkQueue();
  queue.add("a");
  expect(await queue.take()).toBe("a");
  queue.add("a");
  expect(queue.ready).toBe(0);
  queue.finish("a");
  expect(await queue.take()).toBe("a");
});

it("delays a failing key more each time, up to the limit, and anew once it was well", () => {
  const queue = createWorkQueue({ minBackoffMs: 100, maxBackoffMs: 300, random: () => 1 });
  const delays = [1, 2, 3, 4].map(() => queue.addAfterFailure("bad"));
  expect(delays).toEqual([100, 200, 300, 300]);
  queue.forget("bad");
  expect(queue.addAfterFailure("bad")).toBe(100);
  expect(queue.addAfterFailure("other")).toBe(100);
  queue.close();
});

it("hands out a delayed key when its time has come, the sooner of two", async () => {
  const queue = createWorkQueue();
  queue.addAfter("a", 60_000);
  queue.addAfter("a", 1);
  expect(queue.delayed).toBe(1);
  expect(await queue.take()).toBe("a");
  expect(queue.delayed).toBe(0);
});

it("ends those who wait when it is closed", async () => {
  const queue = createWorkQueue();
  const waiting = queue.take();
  queue.close();
  expect(await waiting).toBeUndefined();
  queue.add("late");
  expect(await queue.take()).toBeUndefined();
});
