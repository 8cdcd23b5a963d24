import { RuntimeFailure } from "./errors.ts";
import type { FunctionResponse } from "./response.ts";

const anyOrigin = "Access-Control-Allow-Origin";
const jsonType = "application/json; charset=utf-8";

/** What `fetch` has already undone when it hands out a Response (its `url` tells), and what is about its own connection. */
const notPassedOn = [
  "set-cookie",
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
];

/** A 204 has neither a body nor a length (RFC 9110, 8.6). */
const noContent = 204;

/**
 * Sends what a function returned. Resolves, or has returned, when nothing more is to be written; a function that has
 * answered by itself, or pipes into the response, is left alone.
 * @throws RuntimeFailure `REPLY_UNSUPPORTED` for what cannot be sent, and whatever a stream fails with.
 */
export function reply(response: FunctionResponse, value: unknown): Promise<void> | undefined {
  if (response.writableEnded || response.destroyed) return undefined;
  if (value === undefined || value === response) return finish(response);
  if (typeof value === "string") return send(response, undefined, value);
  if (typeof value !== "object" && typeof value !== "function")
    return send(response, undefined, toJson(value));
  if (value === null) return send(response, jsonType, "null");
  if (value instanceof Uint8Array) return send(response, "application/octet-stream", value);
  if (value instanceof ArrayBuffer) return send(response, "application/octet-stream", new Uint8Array(value));
  if (isWebResponse(value)) return sendWebResponse(response, value);
  if (isAsyncIterable(value)) return sendStream(response, value);
  return send(response, jsonType, toJson(value));
}

function finish(response: FunctionResponse): Promise<void> | undefined {
  if (isPipedInto(response)) return closed(response);
  response.end();
  return undefined;
}

function send(response: FunctionResponse, type: string | undefined, body: string | Uint8Array): undefined {
  if (response.headersSent) {
    response.end(body);
    return;
  }
  if (response.statusCode === noContent) return void response.end();
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  if (response.getHeaderNames().length > 0) {
    if (type !== undefined && !response.hasHeader("content-type")) response.setHeader("content-type", type);
    if (!saysLength(response)) response.setHeader("content-length", length);
    response.end(body);
    return;
  }
  // Nothing was set: one flat list, which Node writes without building an object.
  const headers = [anyOrigin, "*", "Content-Length", String(length)];
  if (type !== undefined) headers.push("Content-Type", type);
  response.writeHead(response.statusCode, headers);
  response.end(body);
}

/** Only of what is not sent may the function know better how long it is. */
function saysLength(response: FunctionResponse): boolean {
  if (response.req.method === "HEAD") return response.hasHeader("content-length");
  return response.hasHeader("transfer-encoding");
}

function toJson(value: unknown): string {
  const text = typeof value === "bigint" ? undefined : JSON.stringify(value);
  if (text === undefined) throw new RuntimeFailure("REPLY_UNSUPPORTED", `a ${typeof value}`);
  return text;
}

async function sendWebResponse(response: FunctionResponse, value: Response): Promise<void> {
  response.statusCode = value.status;
  if (value.statusText !== "") response.statusMessage = value.statusText;
  const cookies = value.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  const left = value.url ? notPassedOn : ["set-cookie"];
  for (const [name, content] of value.headers) if (!left.includes(name)) response.setHeader(name, content);
  if (value.bodyUsed) throw new RuntimeFailure("REPLY_UNSUPPORTED", "a Response whose body was read");
  if (value.body === null) response.end();
  else await sendStream(response, value.body);
}

/**
 * Writes piece by piece, no faster than the reader reads. Text and bytes go as they are, anything else as a line of
 * JSON. A reader that goes away ends the source too; a source that fails before its first piece can still be a 500.
 */
async function sendStream(response: FunctionResponse, source: AsyncIterable<unknown>): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  const stop = () => void Promise.resolve(iterator.return?.()).catch(ignoreFailureToStop);
  response.once("close", stop);
  for (;;) {
    const { done, value } = await iterator.next();
    if (done === true || response.destroyed) break;
    if (!response.write(toPiece(value))) await writable(response);
  }
  response.off("close", stop);
  if (response.destroyed) stop();
  else response.end();
}

function toPiece(value: unknown): string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array ? value : `${toJson(value)}\n`;
}

function writable(response: FunctionResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    if (response.destroyed) return resolve();
    response.once("drain", go);
    response.once("close", go);
  });
}

function closed(response: FunctionResponse): Promise<void> {
  return new Promise((resolve) => response.once("close", resolve));
}

/** Node's pipe listens for this on what it writes to, until it is done. */
function isPipedInto(response: FunctionResponse): boolean {
  return response.listenerCount("unpipe") > 0;
}

/** By its tag: the global `Response` itself would load all of fetch, which takes longer than the server's start. */
function isWebResponse(value: object): value is Response {
  return (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Response";
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value;
}

/** Its reader is gone: nobody is left to be told. */
function ignoreFailureToStop(): void {}
