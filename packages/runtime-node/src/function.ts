import type { FunctionRequest } from "./request.ts";
import type { FunctionResponse } from "./response.ts";

/**
 * A function: gets an event, and what it returns is the reply. Text is sent as it is, bytes as bytes, a `Response`, a
 * stream or an async iterable as they come; anything else as JSON; nothing as an empty reply.
 */
export type Handler<Data = unknown, Reply = unknown> = (
  event: FunctionEvent<Data>,
  context: FunctionContext,
) => Reply | Promise<Reply>;

/** What happened, as Kubeless hands it to every function. */
export interface FunctionEvent<Data = unknown> {
  /**
   * The body: parsed when it is JSON (at the first look; a body that is not then fails the call with 400), an array of
   * CloudEvents when it is a batch, text otherwise, and `{}` without one. Bytes are in `extensions.request.body`.
   */
  data: Data;
  readonly "event-id": string | undefined;
  readonly "event-type": string | undefined;
  readonly "event-time": string | undefined;
  readonly "event-namespace": string | undefined;
  readonly extensions: { readonly request: FunctionRequest; readonly response: FunctionResponse };
}

/** What the function runs in. */
export interface FunctionContext {
  /** The handler's name (`FUNC_HANDLER`), as in Kubeless; not that of the Function object. */
  readonly "function-name": string;
  /** The longest that a call may take, in seconds. */
  readonly timeout: number;
  readonly runtime: string | undefined;
  readonly "memory-limit": string | undefined;
  /** Aborts when the call's time is over, or when the reader of a streaming reply has gone. */
  readonly signal: AbortSignal;
  /** When this call's time is over: the timeout, or the header `kubeless-deadline` if that is earlier. */
  readonly deadline: Date;
  /** The W3C trace context this call belongs to, as it came. */
  readonly traceparent: string | undefined;
}

/** One item of a batch: a CloudEvent in its JSON format. */
export interface CloudEvent<Data = unknown> {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: string;
  readonly subject?: string;
  readonly datacontenttype?: string;
  readonly data?: Data;
  readonly data_base64?: string;
  readonly [extension: string]: unknown;
}
