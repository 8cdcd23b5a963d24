import { expect, it } from "vitest";
import { Call } from "./call.ts";
import { CallsInFlight } from "./calls-in-flight.ts";
import { DeadlineBoard } from "./deadline-board.ts";
import type { FunctionRequest } from "./request.ts";
import type { FunctionResponse } from "./response.ts";

it("who answers an overdue call is not ended like a loop, which would lose the answer", async () => {
  const board = new DeadlineBoard();
  const answered = Promise.withResolvers<void>();
  const calls = new CallsInFlight(board, () => {
    expect(calls.judge()).toBeGreaterThan(performance.now());
    expect(board.answering).toBeGreaterThan(performance.now());
    answered.resolve();
  });
  const response = { expectBy() {}, expectNoMore() {} } as unknown as FunctionResponse;
  const now = performance.now();
  calls.add(new Call({} as FunctionRequest, response, now, now + 5));
  const process = setInterval(() => {}, 1000); // Its own timer keeps no process alive.
  await answered.promise;
  clearInterval(process);
  expect([calls.judge(), board.answering]).toEqual([0, 0]);
});
