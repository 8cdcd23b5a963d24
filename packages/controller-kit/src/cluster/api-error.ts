/** One fault the API server found in an object, as in `status.details.causes`. */
export interface ApiErrorCause {
  /** `FieldValueInvalid`, `FieldManagerConflict`, … */
  reason?: string;
  message?: string;
  /** JSON path, `spec.ports[0].name`. */
  field?: string;
}

export interface ApiErrorOptions {
  /** HTTP status; 0 when no answer came. */
  status: number;
  /** The API server's reason (`NotFound`, `Conflict`, `Invalid`, …), or `Unreachable` when no answer came. */
  reason: string;
  message: string;
  method: string;
  path: string;
  causes?: readonly ApiErrorCause[];
  details?: ApiErrorDetails | undefined;
  cause?: unknown;
}

/** `status.details` of the API server's answer. */
export interface ApiErrorDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  retryAfterSeconds?: number;
  causes?: ApiErrorCause[];
}

/**
 * What went wrong with a request to the API server, whatever it was: an answer that is not 2xx, an ERROR in a watch,
 * or no answer at all (`status` 0, `reason` `Unreachable`).
 * Source of the fields: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#status-v1-meta
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string;
  readonly method: string;
  readonly path: string;
  readonly causes: readonly ApiErrorCause[];
  readonly details: ApiErrorDetails | undefined;

  constructor(options: ApiErrorOptions) {
    super(options.message, options.cause === undefined ? {} : { cause: options.cause });
    this.status = options.status;
    this.reason = options.reason;
    this.method = options.method;
    this.path = options.path;
    this.details = options.details;
    this.causes = options.causes ?? options.details?.causes ?? [];
  }
}

/** The object, or the whole kind, is not there (404). */
export const isNotFound = (error: unknown): error is ApiError => hasReason(error, "NotFound", 404);

/** Somebody else wrote the object since it was read, or owns the field (409). */
export const isConflict = (error: unknown): error is ApiError => hasReason(error, "Conflict", undefined);

/** An object of that name is there already (409). */
export const isAlreadyExists = (error: unknown): error is ApiError =>
  hasReason(error, "AlreadyExists", undefined);

/** The resourceVersion to watch or continue from is gone (410): list again. */
export const isExpired = (error: unknown): error is ApiError => hasReason(error, "Expired", 410);

/** The API server refused what the object says (400, 403, 422): writing the same again will not help. */
export const isRefused = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.status === 400 || error.status === 403 || error.status === 422);

/** No answer came: connection refused, reset, timed out, certificate not trusted. */
export const isUnreachable = (error: unknown): error is ApiError => hasReason(error, "Unreachable", 0);

function hasReason(error: unknown, reason: string, status: number | undefined): error is ApiError {
  return error instanceof ApiError && (error.reason === reason || error.status === status);
}

/** Turns an answer's body (a `Status`, or whatever a proxy in between said) into an {@link ApiError}. */
export function toApiError(
  request: { method: string; path: string },
  status: number,
  body: string,
): ApiError {
  const parsed = parseStatus(body);
  const reason = parsed?.reason ?? reasonOf(status);
  const said = parsed?.message ?? (body.trim().slice(0, 500) || `HTTP ${status}`);
  return new ApiError({ ...request, status, reason, message: said, details: parsed?.details });
}

interface StatusBody {
  kind?: string;
  message?: string;
  reason?: string;
  code?: number;
  details?: ApiErrorDetails;
}

function parseStatus(body: string): StatusBody | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && "kind" in parsed && parsed.kind === "Status"
      ? (parsed as StatusBody)
      : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(status: number): string {
  return REASONS[status] ?? (status >= 500 ? "InternalError" : "Unknown");
}

const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  503: "ServiceUnavailable",
  504: "Timeout",
};
