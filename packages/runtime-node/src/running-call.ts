import { AsyncLocalStorage } from "node:async_hooks";
import type { Call } from "./call.ts";

/** Knows whose work runs just now on the main thread. */
export interface RunningCall {
  /** Does this call's work, which `current` then tells, here and behind every `await`, timer and promise of it. */
  run<Result>(call: Call, work: () => Result): Result;
  current(): Call | undefined;
}

/**
 * From Node 24 on the engine itself keeps the call with each continuation, at next to no cost. What came before rests on
 * hooks that cost more and do not survive the end of a loop: there a call is known up to its first `await` only.
 */
export function createRunningCall(): RunningCall {
  if ("_enable" in AsyncLocalStorage.prototype) return new SynchronousCall();
  const storage = new AsyncLocalStorage<Call>();
  return { run: (call, work) => storage.run(call, work), current: () => storage.getStore() };
}

class SynchronousCall implements RunningCall {
  #call: Call | undefined;

  /** A loop that is ended passes over `finally`: the call it leaves behind is gone by then, or overdue. */
  run<Result>(call: Call, work: () => Result): Result {
    this.#call = call;
    try {
      return work();
    } finally {
      this.#call = undefined;
    }
  }

  current(): Call | undefined {
    return this.#call;
  }
}
