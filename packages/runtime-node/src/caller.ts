import { answerFailure, statusOf } from "./answers.ts";
import { Call, CallContext, type Surroundings } from "./call.ts";
import { CallsInFlight } from "./calls-in-flight.ts";
import type { DeadlineBoard } from "./deadline-board.ts";
import { RuntimeFailure } from "./errors.ts";
import { CallEvent } from "./event.ts";
import type { Handler } from "./function.ts";
import { show } from "./guard.ts";
import type { Metrics } from "./metrics.ts";
import { reply } from "./reply.ts";
import type { FunctionRequest } from "./request.ts";
import type { FunctionResponse } from "./response.ts";

export interface CallerOptions {
  readonly handler: Handler;
  readonly surroundings: Surroundings;
  readonly metrics: Metrics;
  /** Where deadlines are noted for the watchdog, if there is one. */
  readonly board: DeadlineBoard;
  /** Replies to failed calls carry the stack. */
  readonly errorStack: boolean;
  /** Told about every call that failed; default: a line on stderr. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Calls the function for requests that are complete, and answers each exactly once: with what it returned, with why it
 * failed, or with 408 when its time is over.
 */
export class Caller {
  readonly calls: CallsInFlight;
  readonly #options: CallerOptions;
  readonly #timeoutMs: number;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#timeoutMs = options.surroundings.timeout * 1000;
    this.calls = new CallsInFlight(options.board, (call) => this.#expire(call));
  }

  /** `latest`, on the clock of `performance.now()`, is when the caller stops waiting. */
  call(request: FunctionRequest, response: FunctionResponse, latest: number): Call {
    const startedAt = performance.now();
    const call = new Call(request, response, startedAt, Math.min(startedAt + this.#timeoutMs, latest));
    this.#options.metrics.called(call.method);
    this.calls.add(call);
    this.calls.run(call, () => this.#run(call));
    return call;
  }

  /** Answers a call with why it failed, unless it is answered. */
  fail(call: Call, error: unknown): void {
    if (call.settled) return;
    if (statusOf(error) >= 500) this.#report(call, error);
    answerFailure(call.response, error, this.#options.errorStack);
    this.#end(call);
  }

  #run(call: Call): void {
    try {
      const event = new CallEvent(call.request, call.response);
      this.#settle(call, this.#options.handler(event, new CallContext(this.#options.surroundings, call)));
    } catch (error) {
      this.fail(call, error);
    }
  }

  #settle(call: Call, result: unknown): void {
    if (!isThenable(result)) this.#succeed(call, result);
    else
      Promise.resolve(result).then(
        (value) => this.#succeed(call, value),
        (error) => this.fail(call, error),
      );
  }

  #succeed(call: Call, value: unknown): void {
    if (call.settled) return;
    try {
      const written = reply(call.response, value);
      if (written === undefined) this.#end(call);
      else this.#endAfter(call, written);
    } catch (error) {
      this.fail(call, error);
    }
  }

  #endAfter(call: Call, written: Promise<void>): void {
    call.response.once("close", () => call.aborter?.abort());
    written.then(
      () => this.#end(call),
      (error) => this.fail(call, error),
    );
  }

  #expire(call: Call): void {
    const seconds = (Math.max(0, call.deadline - call.startedAt) / 1000).toFixed(1);
    const failure = new RuntimeFailure("FUNCTION_TIMED_OUT", `${seconds} s`);
    this.#report(call, failure);
    call.response.shouldKeepAlive = false;
    answerFailure(call.response, failure, this.#options.errorStack);
    this.#end(call);
    call.aborter?.abort(failure);
  }

  #end(call: Call): void {
    call.settled = true;
    this.calls.remove(call);
    this.#options.metrics.ended(call.method, performance.now() - call.startedAt);
  }

  #report(call: Call, error: unknown): void {
    this.#options.metrics.failed(call.method);
    (this.#options.onFailure ?? logFailure)(error);
  }
}

function logFailure(error: unknown): void {
  const text = RuntimeFailure.is(error) ? error.message : show(error);
  process.stderr.write(`Function failed to execute: ${text}\n`);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}
