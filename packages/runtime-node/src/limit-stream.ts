import { type RuntimeFailure, tooLarge } from "./errors.ts";
import type { FunctionRequest } from "./request.ts";

/**
 * Lets a body that is left in the request's stream give so many bytes and no more: whoever reads it then gets the failure
 * (and no end, so that nobody takes it for whole), `onTooLarge` is told, and the rest is dropped. The connection lives on:
 * it has still to carry the answer.
 */
export function limitStream(
  request: FunctionRequest,
  limitBytes: number,
  onTooLarge: (failure: RuntimeFailure) => void,
): void {
  const push = request.push.bind(request);
  let left = limitBytes;
  request.push = (chunk: Buffer | null) => {
    if (chunk !== null) left -= chunk.length;
    if (left >= 0) return push(chunk);
    if (!request.destroyed) cut(request, limitBytes, onTooLarge);
    return true;
  };
}

function cut(
  request: FunctionRequest,
  limitBytes: number,
  onTooLarge: (failure: RuntimeFailure) => void,
): void {
  const failure = tooLarge(limitBytes);
  onTooLarge(failure);
  request._destroy = (error, done) =>
    process.nextTick(done, request.listenerCount("error") > 0 ? error : null);
  request.destroy(failure);
}
