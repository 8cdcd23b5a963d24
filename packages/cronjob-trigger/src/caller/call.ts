/** By an import every export is read, and those of WebSocket load a client that is not needed: 50 ms of processor time. */
const { request } = process.getBuiltinModule("node:http");

export interface CallOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: a GET. */
  readonly body: Uint8Array | undefined;
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  /** The first bytes of the body. */
  readonly head: string;
}

const headBytes = 2048;
/** A timer for longer is over at once. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls the function once. Rejects, with a sentence, when there is no whole answer in time. */
export function call({ url, headers, body, timeoutMs }: CallOptions): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(
    url,
    { method: body === undefined ? "GET" : "POST", headers: { ...headers, ...lengthOf(body) } },
    (incoming) => {
      const chunks: Buffer[] = [];
      let kept = 0;
      incoming.on("data", (chunk: Buffer) => {
        if (kept < headBytes) chunks.push(chunk);
        kept += chunk.byteLength;
      });
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          head: Buffer.concat(chunks).subarray(0, headBytes).toString(),
        }),
      );
      incoming.on("error", reject);
    },
  );
  outgoing.on("error", reject);
  outgoing.end(body);
  const deadline = setTimeout(
    () => outgoing.destroy(new Error(`it did not answer within ${timeoutMs / 1000} s`)),
    Math.min(timeoutMs, LONGEST_TIMER_MS),
  );
  return promise.finally(() => clearTimeout(deadline));
}

function lengthOf(body: Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(body.byteLength) };
}
