import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createFifo } from "./fifo.ts";

const numbered = (number: number) => ({ number });

test("what went in comes out in its order, what is put back first", () => {
  const fifo = createFifo<{ number: number }>();
  for (let number = 0; number < 3_000; number += 1) fifo.push(numbered(number));
  const taken = Array.from({ length: 2_000 }, () => fifo.shift()).filter((item) => item !== undefined);
  expect(taken.map(({ number }) => number)).toEqual([...Array(2_000).keys()]);
  fifo.putBack(taken.slice(-2));
  expect(fifo.discard(({ number }) => number % 2 === 0)).toHaveLength(501);
  expect(fifo.size).toBe(501);
  expect([fifo.shift(), fifo.shift()]).toEqual([numbered(1_999), numbered(2_001)]);
  fifo.discard(() => true);
  expect([fifo.size, fifo.shift()]).toEqual([0, undefined]);
});

test("what came out is not kept, while others wait behind it", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const fifo = createFifo<{ number: number }>();
  for (let number = 0; number < 100; number += 1) fifo.push(numbered(number));
  const first = new WeakRef(fifo.shift() ?? {});
  await new Promise(setImmediate);
  collect();
  expect([first.deref(), fifo.size]).toEqual([undefined, 99]);
});
