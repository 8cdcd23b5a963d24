import type { Dispatcher } from "undici";
import type { Headers } from "../source.ts";

/** Told once how a {@link Post} ended. */
export interface PostEnd {
  /** The answer came, to its end. `body` is empty for a success whose reply is not wanted, and cut for a failure. */
  answered(status: number, headers: Headers, body: Uint8Array): void;
  /** No connection came about, it broke off, half-way through the answer too, or the deadline passed. */
  failed(error: Error, timedOut: boolean): void;
}

/** A reply that is wanted may be so large: it is kept in memory, beside those of all other calls. */
const replyBytes = 8 * 1024 * 1024;

/** So much of a failing answer is kept, for a person to read. */
const failureBytes = 1_024;

/** One call under way, as the pool tells of it: much less work than a stream for the body and a signal to abort. */
export class Post implements Dispatcher.DispatchHandler {
  readonly deadlineMs: number;
  readonly #wantsReply: boolean;
  readonly #end: PostEnd;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Headers = {};
  #chunks: Uint8Array[] = [];
  #roomBytes = 0;
  #isBounded = false;
  #ended = false;

  constructor(deadlineMs: number, wantsReply: boolean, end: PostEnd) {
    this.deadlineMs = deadlineMs;
    this.#wantsReply = wantsReply;
    this.#end = end;
  }

  /** Ends it: what has not been sent yet never is. */
  abort(): void {
    const error = new Error("The deadline passed");
    this.#fail(error, true);
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error("The deadline passed"));
  }

  /** Also called for what comes before the answer (RFC 9110, section 15.2); the last one is the answer. */
  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: unknown): void {
    this.#status = status;
    const isSuccess = status >= 200 && status < 300;
    if (this.#wantsReply || !isSuccess) this.#headers = toHeaders(headers as RawHeaders);
    const successBytes = this.#wantsReply ? replyBytes : 0;
    this.#roomBytes = isSuccess ? successBytes : failureBytes;
    this.#isBounded = isSuccess && this.#wantsReply;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#isBounded && chunk.byteLength > this.#roomBytes) this.#endTooLarge(controller);
    else if (this.#roomBytes > 0) {
      this.#chunks.push(chunk);
      this.#roomBytes -= chunk.byteLength;
    }
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    const body = this.#chunks.length === 0 ? noBody : Buffer.concat(this.#chunks);
    this.#end.answered(this.#status, this.#headers, body);
  }

  onResponseError(_: unknown, error: Error): void {
    this.#fail(error, false);
  }

  #endTooLarge(controller: Dispatcher.DispatchController): void {
    const error = new Error(`its reply is larger than ${replyBytes / 1024 / 1024} MiB`);
    this.#fail(error, false);
    controller.abort(error);
  }

  #fail(error: Error, timedOut: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#end.failed(error, timedOut);
  }
}

const noBody = new Uint8Array();

/** As the pool has them: one that came more than once is a list. */
type RawHeaders = Readonly<Record<string, string | readonly string[]>>;

function toHeaders(raw: RawHeaders): Headers {
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, [value].flat().join(",")]));
}
