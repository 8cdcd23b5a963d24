import { DeadlineBoard } from "./deadline-board.ts";
import type { Handler } from "./function.ts";
import { FunctionServer } from "./function-server.ts";
import { Metrics } from "./metrics.ts";

/** An event to try a function with. What is left out is as for a plain `GET /`. */
export interface MadeUpEvent {
  /** Sent as JSON, but text as text and bytes as bytes, unless `headers` have a content type. */
  readonly data?: unknown;
  readonly "event-id"?: string;
  readonly "event-type"?: string;
  readonly "event-time"?: string;
  readonly "event-namespace"?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `POST` with data, `GET` without. */
  readonly method?: string;
  /** With the query; default `/`. */
  readonly path?: string;
  /** Default: 5. */
  readonly timeoutSeconds?: number;
}

/** What the caller of the function got. */
export interface Outcome {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The body, parsed. @throws SyntaxError when it is not JSON. */
  readonly json: () => unknown;
  /** What the function threw, if it did. */
  readonly error: unknown;
}

/**
 * Calls a function once, over real HTTP and by the server's own code, so that a unit test sees what a caller would:
 * `expect((await callFunction(greet, { data: { name: "Ada" } })).text).toBe("Hello Ada")`.
 */
export async function callFunction(handler: Handler<never>, event: MadeUpEvent = {}): Promise<Outcome> {
  let error: unknown;
  const server = createServer(handler as Handler, event, (reason) => {
    error = reason;
  });
  const port = await server.listen(0, "127.0.0.1");
  try {
    const response = await fetch(`http://127.0.0.1:${port}${event.path ?? "/"}`, toRequest(event));
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = Buffer.from(bytes).toString("utf8");
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text,
      json: () => JSON.parse(text),
      error,
    };
  } finally {
    server.destroy();
    await server.close();
  }
}

function createServer(
  handler: Handler,
  event: MadeUpEvent,
  onFailure: (error: unknown) => void,
): FunctionServer {
  return new FunctionServer({
    handler,
    surroundings: {
      "function-name": handler.name || "handler",
      timeout: event.timeoutSeconds ?? 5,
      runtime: "test",
      "memory-limit": "0",
    },
    metrics: new Metrics("test"),
    board: new DeadlineBoard(),
    bodyLimitBytes: 1024 * 1024,
    errorStack: false,
    onFailure,
  });
}

const eventHeaders = ["event-id", "event-type", "event-time", "event-namespace"] as const;

function toRequest(event: MadeUpEvent): RequestInit {
  const { data, headers: given } = event;
  const headers = new Headers({ connection: "close", ...given });
  for (const name of eventHeaders) if (event[name] !== undefined) headers.set(name, event[name]);
  const [type, body] = encode(data);
  if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  return {
    method: event.method ?? (data === undefined ? "GET" : "POST"),
    headers,
    ...(body === undefined ? {} : { body }),
  };
}

function encode(data: unknown): readonly [type?: string, body?: string | Uint8Array<ArrayBuffer>] {
  if (data === undefined) return [];
  if (typeof data === "string") return ["text/plain", data];
  if (data instanceof Uint8Array) return ["application/octet-stream", new Uint8Array(data)];
  return ["application/json", JSON.stringify(data)];
}
