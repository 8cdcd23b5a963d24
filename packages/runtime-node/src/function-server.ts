import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answerFailure, answerPreflight, answerText } from "./answers.ts";
import type { Call } from "./call.ts";
import { Caller, type CallerOptions } from "./caller.ts";
import type { CallsInFlight } from "./calls-in-flight.ts";
import { isEnvelope, openEnvelope } from "./cloud-event.ts";
import { RuntimeFailure, tooLarge } from "./errors.ts";
import { limitStream } from "./limit-stream.ts";
import { isMultipart } from "./media-type.ts";
import { createServer } from "./node-http.ts";
import { declaresMoreThan, hasNoBody, readBody } from "./read-body.ts";
import { FunctionRequest } from "./request.ts";
import { FunctionResponse } from "./response.ts";

export interface FunctionServerOptions extends CallerOptions {
  readonly bodyLimitBytes: number;
  /** For `multipart/*`, which the function reads from the stream. Default: none. */
  readonly multipartLimitBytes?: number | undefined;
  /** How long a client may take to send a request; default: the timeout, and a minute at least. */
  readonly requestTimeoutMs?: number;
  /** Told about every request that was answered. */
  readonly onAnswer?: (request: FunctionRequest, response: FunctionResponse) => void;
}

/** Node's own 511 are soon there while a busy machine holds the process up; the kernel then turns callers away for seconds. */
const MOST_WAITING = 4096;

/** Serves one function over HTTP: every path and method calls it, but `/healthz`, `/metrics` and preflights. */
export class FunctionServer {
  readonly #options: FunctionServerOptions;
  readonly #caller: Caller;
  readonly #server: Server<typeof FunctionRequest, typeof FunctionResponse>;
  #draining = false;
  #lateCallAt = Number.NEGATIVE_INFINITY;

  constructor(options: FunctionServerOptions) {
    this.#options = options;
    this.#caller = new Caller(options);
    this.#server = createServer(httpOptions(options), (request, response) => this.#route(request, response));
  }

  get calls(): CallsInFlight {
    return this.#caller.calls;
  }

  /**
   * Begins to serve; resolves with the port.
   * @throws RuntimeFailure `PORT_UNAVAILABLE`.
   */
  listen(port: number, host?: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const refuse = (cause: Error) =>
        reject(new RuntimeFailure("PORT_UNAVAILABLE", cause.message, { cause }));
      this.#server.once("error", refuse);
      const where = { port, backlog: MOST_WAITING, ...(host === undefined ? {} : { host }) };
      this.#server.listen(where, () => {
        this.#server.off("error", refuse);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** When the function was last called since the drain began, on the clock of `performance.now()`. */
  get lateCallAt(): number {
    return this.#lateCallAt;
  }

  /** From now on `/healthz` says 503 and every answer asks its client to connect anew; all is served as before. */
  beginDrain(): void {
    this.#draining = true;
    this.calls.endConnections();
  }

  /** Takes no new connection; resolves when every call is answered and its answer sent. */
  close(): Promise<void> {
    this.beginDrain();
    // Whose answer had begun was promised a connection that stays: not for longer than a moment now.
    this.#server.keepAliveTimeout = 1;
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Cuts every connection. */
  destroy(): void {
    this.#server.closeAllConnections();
  }

  #route(request: FunctionRequest, response: FunctionResponse): void {
    const { onAnswer } = this.#options;
    if (this.#draining) response.shouldKeepAlive = false;
    if (onAnswer !== undefined) response.once("finish", () => onAnswer(request, response));
    if (isRead(request, "/healthz")) this.#answerHealth(response);
    else if (isRead(request, "/metrics")) this.#answerMetrics(response);
    else if (request.method === "OPTIONS") answerPreflight(request, response);
    else if (hasNoBody(request)) this.#call(request, response);
    else if (isMultipart(request.headers["content-type"])) this.#callWithStream(request, response);
    else this.#readThenCall(request, response);
  }

  #answerHealth(response: FunctionResponse): void {
    if (this.#draining) answerText(response, 503, "Draining");
    else answerText(response, 200, "OK");
  }

  #answerMetrics(response: FunctionResponse): void {
    answerText(response, 200, this.#options.metrics.render(this.calls.size), "0.0.4");
  }

  #readThenCall(request: FunctionRequest, response: FunctionResponse): void {
    readBody(request, this.#options.bodyLimitBytes, (failure) => {
      if (failure === undefined) this.#call(request, response);
      else answerFailure(response, failure, this.#options.errorStack);
    });
  }

  #callWithStream(request: FunctionRequest, response: FunctionResponse): void {
    const { multipartLimitBytes = Number.POSITIVE_INFINITY, errorStack } = this.#options;
    if (declaresMoreThan(multipartLimitBytes, request)) {
      answerFailure(response, tooLarge(multipartLimitBytes), errorStack);
      return;
    }
    const call = this.#call(request, response);
    if (call !== undefined)
      limitStream(request, multipartLimitBytes, (failure) => this.#caller.fail(call, failure));
  }

  #call(request: FunctionRequest, response: FunctionResponse): Call | undefined {
    if (this.#draining) {
      // The drain may have begun while the body came.
      response.shouldKeepAlive = false;
      this.#lateCallAt = performance.now();
    }
    let latest: number;
    try {
      if (isEnvelope(request.headers["content-type"])) openEnvelope(request);
      latest = askedDeadline(request);
    } catch (failure) {
      answerFailure(response, failure, this.#options.errorStack);
      return undefined;
    }
    return this.#caller.call(request, response, latest);
  }
}

function httpOptions({ requestTimeoutMs, surroundings }: FunctionServerOptions) {
  const timeoutMs = Math.min(Math.ceil(surroundings.timeout * 1000), Number.MAX_SAFE_INTEGER);
  const requestTimeout = requestTimeoutMs ?? Math.max(timeoutMs, 60_000);
  return {
    IncomingMessage: FunctionRequest,
    ServerResponse: FunctionResponse,
    requestTimeout,
    headersTimeout: Math.min(requestTimeout, 30_000),
    connectionsCheckingInterval: Math.min(requestTimeout, 5_000),
    // Longer than callers' pools keep a connection, so that it is not us who closes it under a request.
    keepAliveTimeout: 75_000,
  };
}

function isRead({ method, url }: FunctionRequest, path: string): boolean {
  return (
    (method === "GET" || method === "HEAD") &&
    url !== undefined &&
    url.startsWith(path) &&
    isEnd(url[path.length])
  );
}

function isEnd(character: string | undefined): boolean {
  return character === undefined || character === "?";
}

/** RFC 3339, 5.6. `Date.parse` takes many other texts for times. */
const instant = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** The header `kubeless-deadline`, on the clock of `performance.now()`. */
function askedDeadline(request: FunctionRequest): number {
  const asked = request.headers["kubeless-deadline"];
  if (asked === undefined) return Number.POSITIVE_INFINITY;
  const time = instant.test(String(asked)) ? Date.parse(String(asked)) : Number.NaN;
  if (Number.isNaN(time)) throw new RuntimeFailure("BAD_DEADLINE", `"${asked}"`);
  return time - performance.timeOrigin;
}
