import { type InspectOptions, inspect } from "node:util";
import { RuntimeFailure } from "./errors.ts";
import type { FunctionEvent } from "./function.ts";
import { isCloudEvent, isJson, isMultipart } from "./media-type.ts";
import type { FunctionRequest } from "./request.ts";
import type { FunctionResponse } from "./response.ts";

const unread = Symbol("unread");

/** Shown when a function logs its event: what happened, without the whole of the request and the response. */
const looks = {
  [inspect.custom](this: FunctionEvent, _depth: number, options: InspectOptions): string {
    const shown = { ...this, data: this.data, extensions: "[request, response]" };
    return inspect(shown, options);
  },
};

/** The first argument of the function, made of a request that is complete. */
export function createEvent(request: FunctionRequest, response: FunctionResponse): FunctionEvent {
  let data: unknown = unread;
  const { headers } = request;
  const cloud = isCloudEvent(headers);
  return {
    // @ts-expect-error a prototype is no property
    __proto__: looks,
    get data() {
      if (data === unread) data = readData(request, cloud);
      return data;
    },
    set data(value: unknown) {
      data = value;
    },
    "event-id": text(headers["event-id"]) ?? (cloud ? decoded(headers["ce-id"]) : undefined),
    "event-type": text(headers["event-type"]) ?? (cloud ? decoded(headers["ce-type"]) : undefined),
    "event-time": text(headers["event-time"]) ?? (cloud ? decoded(headers["ce-time"]) : undefined),
    "event-namespace":
      text(headers["event-namespace"]) ?? (cloud ? decoded(headers["ce-source"]) : undefined),
    extensions: { request, response },
  };
}

/** Kubeless' rule: `application/json` is parsed, all else is text; only CloudEvents count `+json` as JSON too. */
function readData(request: FunctionRequest, cloud: boolean): unknown {
  const type = request.headers["content-type"];
  if (request.body.length === 0 || isMultipart(type)) return {};
  const content = request.body.toString("utf8");
  return isJson(type, cloud) ? parseJson(content) : content;
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
