import { request } from "node:http";

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

/** Calls the function once. Rejects, with a sentence, when there is no whole answer in time. */
export function call({ url, headers, body, timeoutMs }: CallOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(
      () => outgoing.destroy(new Error(`it did not answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
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
        incoming.on("end", () => {
          clearTimeout(deadline);
          resolve({
            status: incoming.statusCode ?? 0,
            head: Buffer.concat(chunks).subarray(0, headBytes).toString(),
          });
        });
        incoming.on("error", reject);
      },
    );
    outgoing.on("error", (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    outgoing.end(body);
  });
}

function lengthOf(body: Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(body.byteLength) };
}
