import { ApiError, type ApiErrorDetails, toApiError } from "./api-error.ts";
import type { ClusterClient } from "./client.ts";
import type { Live } from "./kubernetes-object.ts";
import { acceptFor, type SelectOptions } from "./pages.ts";
import { type Resource, toPath } from "./resource.ts";

export interface WatchOptions extends SelectOptions {
  /** Where to continue from: a list's or the last event's. */
  resourceVersion: string;
  /** The server ends the watch after so long. Default 5 to 10 minutes. */
  timeoutSeconds?: number | undefined;
  /** Silence after which the connection counts as dead. Default 90 s: the server sends a bookmark every minute. */
  idleTimeoutMs?: number | undefined;
}

export type WatchEvent<T extends object> =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: Live<T> }
  /** Nothing happened up to this resourceVersion. */
  | {
      type: "BOOKMARK";
      object: { metadata: { resourceVersion: string; annotations?: Record<string, string> } };
    };

/**
 * One watch request as a sequence of events, as many at a time as arrived together; ends when the server ends it,
 * throws when anything goes wrong.
 */
export async function* openWatch<T extends object>(
  request: ClusterClient["request"],
  resource: Resource<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>[], void> {
  const path = toPath(resource, { namespace: options.namespace });
  const { idleTimeoutMs = 90_000 } = options;
  const answer = await request(path, {
    signal: options.signal,
    idleTimeoutMs,
    headersTimeoutMs: Math.min(idleTimeoutMs, 30_000),
    headers: acceptFor(options, ""),
    query: {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: options.resourceVersion,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      timeoutSeconds: options.timeoutSeconds ?? 300 + Math.floor(Math.random() * 300),
    },
  });
  if (answer.status >= 300)
    throw toApiError({ method: "GET", path }, answer.status, await answer.body.text());
  try {
    for await (const lines of toLines(answer.body))
      yield lines.map((line) => toEvent<T>(path, resource, line));
  } catch (error) {
    throw options.signal?.aborted || error instanceof ApiError ? error : toBroken(path, error);
  } finally {
    answer.body.destroy();
  }
}

async function* toLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines.filter((line) => line !== "");
  }
  if (rest.trim() !== "") throw new Error("the connection was closed in the middle of an event");
}

function toEvent<T extends object>(path: string, resource: Resource<T>, line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: never };
  switch (event.type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED": {
      const object: object = event.object;
      return {
        type: event.type,
        object: { ...object, apiVersion: resource.apiVersion, kind: resource.kind } as Live<T>,
      };
    }
    case "BOOKMARK":
      return { type: "BOOKMARK", object: event.object };
    default:
      throw toWatchError(path, event.object);
  }
}

function toWatchError(path: string, status: Partial<WatchStatus> = {}): ApiError {
  const { code = 500, reason = "InternalError", message = "The watch reported an error.", details } = status;
  return new ApiError({ method: "GET", path, status: code, reason, message, details });
}

interface WatchStatus {
  code: number;
  reason: string;
  message: string;
  details: ApiErrorDetails;
}

function toBroken(path: string, cause: unknown): ApiError {
  const message = `The watch of ${path} broke: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new ApiError({ method: "GET", path, status: 0, reason: "Unreachable", message, cause });
}
