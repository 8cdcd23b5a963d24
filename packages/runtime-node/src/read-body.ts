import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { RuntimeFailure, tooLarge } from "./errors.ts";
import type { FunctionRequest } from "./request.ts";

const decoders = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/** True for a request that says itself that its body is larger. */
export function declaresMoreThan(limitBytes: number, { headers }: FunctionRequest): boolean {
  return Number(headers["content-length"]) > limitBytes;
}

/** True for a request that comes without a body (RFC 9112, 6.3). */
export function hasNoBody({ headers }: FunctionRequest): boolean {
  const length = headers["content-length"];
  return (length === undefined || length === "0") && headers["transfer-encoding"] === undefined;
}

/**
 * Reads a body of at most so many bytes into `request.body`, undoing its content encoding, then calls back: once, and
 * never for a request that was cut off. A failure is `BODY_TOO_LARGE`, `BAD_ENCODING` or `ENCODING_UNSUPPORTED`.
 */
export function readBody(request: FunctionRequest, limitBytes: number, done: Done): void {
  const encoding = (request.headers["content-encoding"] || "identity").toLowerCase();
  if (declaresMoreThan(limitBytes, request)) done(tooLarge(limitBytes));
  else if (encoding === "identity") collect(request, limitBytes, done);
  else if (isKnown(encoding)) collectEncoded(request, encoding, limitBytes, done);
  else done(new RuntimeFailure("ENCODING_UNSUPPORTED", encoding));
}

type Encoding = keyof typeof decoders;
type Done = (failure: RuntimeFailure | undefined) => void;

function isKnown(encoding: string): encoding is Encoding {
  return Object.hasOwn(decoders, encoding);
}

function collectEncoded(request: FunctionRequest, encoding: Encoding, limitBytes: number, done: Done): void {
  collect(request, limitBytes, (failure) => {
    if (failure !== undefined) done(failure);
    else decode(request, encoding, limitBytes).then(() => done(undefined), done);
  });
}

function collect(request: FunctionRequest, limitBytes: number, done: Done): void {
  let chunks: Buffer[] = [];
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    if (length > limitBytes) return;
    length += chunk.length;
    chunks.push(chunk);
    if (length <= limitBytes) return;
    chunks = [];
    done(tooLarge(limitBytes));
  });
  request.on("end", () => {
    if (length > limitBytes) return;
    request.body = chunks.length === 1 ? (chunks[0] ?? request.body) : Buffer.concat(chunks, length);
    done(undefined);
  });
  request.on("error", ignoreCutOff);
}

async function decode(request: FunctionRequest, encoding: Encoding, limitBytes: number): Promise<void> {
  try {
    request.body = await decoders[encoding](request.body, { maxOutputLength: limitBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limitBytes);
    throw new RuntimeFailure("BAD_ENCODING", `${encoding}: ${(cause as Error).message}`, { cause });
  }
}

/** A client that goes away in the middle of its body has nobody left to answer. */
function ignoreCutOff(): void {}
