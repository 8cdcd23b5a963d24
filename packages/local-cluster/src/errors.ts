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

interface ErrorEntry {
  /** The HTTP code. */
  readonly code: number;
  readonly message: string;
  readonly action: string;
}

/** Reasons a request fails for, as apimachinery's `metav1.StatusReason` names them. */
export const errors = {
  BadRequest: {
    code: 400,
    message: "The request cannot be read as what it claims to be",
    action: "Correct what the message names; it is never retried with success",
  },
  Unauthorized: {
    code: 401,
    message: "The request carries no token of this cluster",
    action: "Use the kubeconfig this cluster wrote",
  },
  Forbidden: {
    code: 403,
    message: "The request is understood and refused",
    action: "Read the reason: a foreign host or web page, a terminating namespace, a missing service account",
  },
  NotFound: {
    code: 404,
    message: "No such object, or no such kind is served",
    action: "Check name and namespace; `kubectl api-resources` lists what is served",
  },
  MethodNotAllowed: {
    code: 405,
    message: "The resource does not take this verb",
    action: "Use one of the verbs that discovery lists",
  },
  NotAcceptable: {
    code: 406,
    message: "No accepted media type can be served",
    action: "Accept application/json or application/yaml",
  },
  AlreadyExists: {
    code: 409,
    message: "The name is taken",
    action: "Update the object, or choose another name",
  },
  Conflict: {
    code: 409,
    message: "Somebody else wrote the object, or holds the field",
    action: "Read it again and retry; in server-side apply, give the field up or force",
  },
  Expired: {
    code: 410,
    message: "The resource version is older than what is remembered",
    action: "List again, then watch from there",
  },
  RequestEntityTooLarge: {
    code: 413,
    message: "The body is larger than 3 MiB",
    action: "Split the object",
  },
  UnsupportedMediaType: {
    code: 415,
    message: "The body is in a format this resource does not take",
    action: "Send one of the types the message names",
  },
  Invalid: {
    code: 422,
    message: "The object breaks rules of its kind",
    action: "Correct every field under `details.causes`",
  },
  TooManyRequests: {
    code: 429,
    message: "Not now: a disruption budget, or chaos, says wait",
    action: "Retry after the time in Retry-After",
  },
  InternalError: {
    code: 500,
    message: "The cluster is at fault",
    action: "Report it with the cluster's log",
  },
  NotImplemented: {
    code: 501,
    message: "This cluster cannot do that",
    action: "Use a full Kubernetes for it",
  },
  ServiceUnavailable: {
    code: 503,
    message: "No node, no ready endpoint or no listening process",
    action: "Wait for the pod to be ready, or start the cluster with a node",
  },
  Timeout: {
    code: 504,
    message: "The asked resource version is not reached yet",
    action: "Retry after the time in Retry-After",
  },
} as const satisfies Record<string, ErrorEntry>;

export type Reason = keyof typeof errors;

/** A failed request; what a client reads is `toStatus()`. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly reason: Reason;
  readonly code: number;
  readonly details: StatusDetails | undefined;

  constructor(reason: Reason, message: string, details?: StatusDetails) {
    super(message);
    this.reason = reason;
    this.code = errors[reason].code;
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
      details: this.details ?? {},
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

/** 404: nothing is served at this path. */
export function unknownPath(): StatusError {
  return new StatusError("NotFound", "the server could not find the requested resource");
}

export function notAllowed(): StatusError {
  return new StatusError(
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
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
