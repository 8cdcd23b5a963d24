import { errors, RuntimeFailure } from "./errors.ts";
import type { FunctionRequest } from "./request.ts";
import type { FunctionResponse } from "./response.ts";

const statuses: Readonly<Record<string, number>> = {
  BAD_JSON: 400,
  BAD_CLOUD_EVENT: 400,
  BAD_DEADLINE: 400,
  BAD_ENCODING: 400,
  FUNCTION_TIMED_OUT: 408,
  BODY_TOO_LARGE: 413,
  ENCODING_UNSUPPORTED: 415,
  FORMAT_UNSUPPORTED: 415,
};

/** The HTTP status of a failure: 500 for whatever a function threw. */
export function statusOf(error: unknown): number {
  return RuntimeFailure.is(error) ? (statuses[error.code] ?? 500) : 500;
}

/** Answers with a JSON body that names the failure; a reply that has begun is cut off instead, so that nobody takes it for whole. */
export function answerFailure(response: FunctionResponse, error: unknown, withStack: boolean): void {
  if (response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify({ ...describe(error), ...(withStack ? { stack: stackOf(error) } : {}) });
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = statusOf(error);
  response.statusMessage = "";
  response.type("json").set("content-length", Buffer.byteLength(text));
  try {
    response.end(text);
  } catch {
    // The function has put its own in the way of every answer.
    response.destroy();
  }
}

/** A page of another origin may call a function with any method and header, as in Kubeless. */
export function answerPreflight(request: FunctionRequest, response: FunctionResponse): void {
  const { headers } = request;
  response.setHeader("access-control-allow-methods", headers["access-control-request-method"] ?? "*");
  response.setHeader("access-control-allow-headers", headers["access-control-request-headers"] ?? "*");
  response.end();
}

export function answerText(response: FunctionResponse, status: number, text: string, version?: string): void {
  const suffix = version === undefined ? "" : `; version=${version}`;
  response
    .status(status)
    .type(`text/plain; charset=utf-8${suffix}`)
    .set("content-length", Buffer.byteLength(text))
    .end(text);
}

function describe(error: unknown): { code: string; message: string } {
  if (RuntimeFailure.is(error)) return { code: error.code, message: error.message };
  return { code: "FUNCTION_FAILED", message: `${errors.FUNCTION_FAILED.message}: ${nameOf(error)}` };
}

function nameOf(error: unknown): string {
  try {
    return error instanceof Error
      ? `${error.name}: ${error.message}`
      : `it threw ${JSON.stringify(error) ?? typeof error}`;
  } catch {
    return "it threw something that cannot be shown";
  }
}

function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? error.stack : undefined;
  } catch {
    return undefined;
  }
}
