import { type InspectOptions, inspect } from "node:util";
import { RuntimeFailure } from "./errors.ts";
import type { FunctionEvent } from "./function.ts";
import { isCloudEvent, isJson, isMultipart } from "./media-type.ts";
import type { FunctionRequest } from "./request.ts";
import type { FunctionResponse } from "./response.ts";

const unread = Symbol("unread");

/** The first argument of the function. `data` is its own, so that a copy (`{ ...event }`) has it, and is read at the first look. */
export class CallEvent implements FunctionEvent {
  readonly "event-id": string | undefined;
  readonly "event-type": string | undefined;
  readonly "event-time": string | undefined;
  readonly "event-namespace": string | undefined;
  readonly extensions: { readonly request: FunctionRequest; readonly response: FunctionResponse };
  declare data: unknown;
  #data: unknown = unread;

  /** One for all events: an accessor made anew for each would cost as much as all the rest of it. */
  static readonly #dataProperty: PropertyDescriptor & ThisType<CallEvent> = {
    enumerable: true,
    get() {
      if (this.#data === unread) this.#data = readData(this.extensions.request);
      return this.#data;
    },
    set(value) {
      this.#data = value;
    },
  };

  constructor(request: FunctionRequest, response: FunctionResponse) {
    Object.defineProperty(this, "data", CallEvent.#dataProperty);
    const { headers } = request;
    const cloud = isCloudEvent(headers);
    this["event-id"] = text(headers["event-id"]) ?? (cloud ? decoded(headers["ce-id"]) : undefined);
    this["event-type"] = text(headers["event-type"]) ?? (cloud ? decoded(headers["ce-type"]) : undefined);
    this["event-time"] = text(headers["event-time"]) ?? (cloud ? decoded(headers["ce-time"]) : undefined);
    this["event-namespace"] =
      text(headers["event-namespace"]) ?? (cloud ? decoded(headers["ce-source"]) : undefined);
    this.extensions = { request, response };
  }

  /** When a function logs its event: what happened, without the whole of the request and the response. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return inspect({ ...this, extensions: "[request, response]" }, options);
  }
}

/** Kubeless' rule: `application/json` is parsed, all else is text; only CloudEvents count `+json` as JSON too. */
function readData(request: FunctionRequest): unknown {
  const type = request.headers["content-type"];
  if (request.body.length === 0 || isMultipart(type)) return {};
  const content = request.body.toString("utf8");
  return isJson(type, isCloudEvent(request.headers)) ? parseJson(content) : content;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new RuntimeFailure("BAD_JSON", (cause as Error).message, { cause });
  }
}

function text(value: string | string[] | undefined): string | undefined {
  return value as string | undefined;
}

/** CloudEvents percent-encodes what a header cannot say (HTTP binding, 3.1.3.2). */
function decoded(value: string | string[] | undefined): string | undefined {
  if (typeof value !== "string" || !value.includes("%")) return value as string | undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
