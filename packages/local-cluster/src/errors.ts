/** One entry of `details.causes` in a Status. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** Reasons a request fails for, each with its HTTP code, as apimachinery's `metav1.StatusReason` says. */
const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  NotImplemented: 501,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type Reason = keyof typeof codes;

/** A failed request; what a client reads is `toStatus()`. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly reason: Reason;
  readonly code: number;
  readonly details: StatusDetails | undefined;

  constructor(reason: Reason, message: string, details?: StatusDetails) {
    super(message);
    this.reason = reason;
    this.code = codes[reason];
    this.details = details;
  }

  /** The `v1.Status` object of the answer. */
  toStatus(): object {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** What an error names: a resource (`deployments.apps`) or a kind with its group. */
export interface Named {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** One fault of an object: where it is and what is wrong, in the words of `field.Error`. */
export interface Fault {
  readonly reason:
    | "FieldValueInvalid"
    | "FieldValueRequired"
    | "FieldValueNotSupported"
    | "FieldValueForbidden"
    | "FieldValueDuplicate"
    | "FieldValueTypeInvalid"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueNotFound";
  readonly field: string;
  readonly message: string;
}

export function notFound(resource: Named, name: string): StatusError {
  return new StatusError("NotFound", `${qualified(resource)} "${name}" not found`, details(resource, name));
}

export function alreadyExists(resource: Named, name: string): StatusError {
  return new StatusError(
    "AlreadyExists",
    `${qualified(resource)} "${name}" already exists`,
    details(resource, name),
  );
}

/** 409: somebody else wrote the object since it was read. */
export function conflict(resource: Named, name: string, why: string): StatusError {
  return new StatusError(
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    details(resource, name),
  );
}

export const modified =
  "the object has been modified; please apply your changes to the latest version and try again";

/** 422: every fault of the object at once. */
export function invalid(resource: Named, name: string, faults: readonly Fault[]): StatusError {
  const kind = resource.group === "" ? resource.kind : `${resource.kind}.${resource.group}`;
  const lines = faults.map((fault) => `${fault.field}: ${fault.message}`);
  const text = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  return new StatusError("Invalid", `${kind} "${name}" is invalid: ${text}`, {
    name,
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.kind,
    causes: faults.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

export function forbidden(resource: Named, name: string, why: string): StatusError {
  return new StatusError(
    "Forbidden",
    `${qualified(resource)} "${name}" is forbidden: ${why}`,
    details(resource, name),
  );
}

export function badRequest(message: string): StatusError {
  return new StatusError("BadRequest", message);
}

/** Whether `error` is a StatusError with this reason. */
export function hasReason(error: unknown, reason: Reason): boolean {
  return error instanceof StatusError && error.reason === reason;
}

/** `deployments.apps`, `pods`: how messages name a resource. */
function qualified(resource: Named): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

function details(resource: Named, name: string): StatusDetails {
  return { name, ...(resource.group === "" ? {} : { group: resource.group }), kind: resource.plural };
}
