import type { FunctionContext } from "./function.ts";
import type { FunctionRequest } from "./request.ts";
import type { FunctionResponse } from "./response.ts";

/** One call of the function, from the complete request to the complete reply. Times are those of `performance.now()`. */
export class Call {
  readonly request: FunctionRequest;
  readonly response: FunctionResponse;
  readonly startedAt: number;
  readonly deadline: number;
  /** Nothing that the function still does changes the reply. */
  settled = false;
  /** Where the function's time is over: read by `context.signal`, made only when somebody looks. */
  aborter: AbortController | undefined;
  /** Neighbours in `CallsInFlight`. */
  earlier: Call | undefined;
  later: Call | undefined;

  constructor(request: FunctionRequest, response: FunctionResponse, startedAt: number, deadline: number) {
    this.request = request;
    this.response = response;
    this.startedAt = startedAt;
    this.deadline = deadline;
  }

  get method(): string {
    return this.request.method ?? "";
  }

  get signal(): AbortSignal {
    this.aborter ??= new AbortController();
    return this.aborter.signal;
  }
}

/** What every call's context says alike, and all that `init` and `shutdown` are told. */
export type Surroundings = Pick<FunctionContext, "function-name" | "timeout" | "runtime" | "memory-limit">;

/** The second argument of the function. */
export class CallContext implements FunctionContext {
  readonly "function-name": string;
  readonly timeout: number;
  readonly runtime: string | undefined;
  readonly "memory-limit": string | undefined;
  readonly #call: Call;

  constructor(surroundings: Surroundings, call: Call) {
    this["function-name"] = surroundings["function-name"];
    this.timeout = surroundings.timeout;
    this.runtime = surroundings.runtime;
    this["memory-limit"] = surroundings["memory-limit"];
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get deadline(): Date {
    return new Date(performance.timeOrigin + this.#call.deadline);
  }

  get traceparent(): string | undefined {
    return this.#call.request.get("traceparent");
  }
}
