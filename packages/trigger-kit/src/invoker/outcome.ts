import type { Headers } from "../source.ts";

/** How a call of the function ended. */
export type Outcome =
  | {
      readonly kind: "success";
      readonly status: number;
      readonly headers: Headers;
      readonly body: Uint8Array;
    }
  /** Worth another attempt: 408, 425, 429, 5xx, a connection that broke, a deadline that passed. */
  | {
      readonly kind: "retryable";
      readonly status?: number;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** No connection came about, so the function has seen nothing: no attempt, for as long as the record may wait. */
  | { readonly kind: "unreached"; readonly message: string }
  /** Any other answer: the same call would get the same answer. */
  | { readonly kind: "refused"; readonly status: number; readonly message: string }
  /** No call was made, for want of a ready endpoint: not yet, and no attempt used up. */
  | { readonly kind: "notReady"; readonly message: string };

const retryableStatuses = new Set([408, 425, 429]);

/** What a status means for delivery (design: 2xx succeeds; 408, 425, 429 and 5xx may be tried again). */
export function toOutcome(status: number, headers: Headers, body: Uint8Array, nowMs: number): Outcome {
  if (status >= 200 && status < 300) return { kind: "success", status, headers, body };
  const message = `The function answered ${status}${excerpt(body)}.`;
  if (status < 500 && !retryableStatuses.has(status)) return { kind: "refused", status, message };
  const retryAfterMs = parseRetryAfter(headers["retry-after"], nowMs);
  return { kind: "retryable", status, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** `Retry-After` in milliseconds from now: seconds or an HTTP date (RFC 9110, section 10.2.3). */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

const excerptBytes = 200;

function excerpt(body: Uint8Array): string {
  if (body.byteLength === 0) return "";
  const text = new TextDecoder().decode(body.subarray(0, excerptBytes)).replace(/\s+/g, " ").trim();
  return text === "" ? "" : `: ${text}${body.byteLength > excerptBytes ? "…" : ""}`;
}
