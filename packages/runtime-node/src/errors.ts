/** Every failure this package names: what happened, and what to do about it. The README's table says the same. */
export const errors = {
  SETTINGS_INVALID: {
    message: "The environment of the function server is not valid",
    action: "Set the variables named; the README lists them.",
  },
  FILE_NOT_FOUND: {
    message: "There is no file for the function's module",
    action: "The handler is module.export: name the file after the module, with an ending that Node runs.",
  },
  DEPENDENCY_NOT_FOUND: {
    message: "The function imports something that is not installed",
    action: "Add the package to the function's package.json, or correct the path.",
  },
  SYNTAX_INVALID: {
    message: "The function's file is not valid",
    action: "Correct the line named; in TypeScript, use only syntax that can be erased.",
  },
  LOAD_FAILED: {
    message: "The function's file threw while it was loaded",
    action: "Correct what runs at the top of the file.",
  },
  LOAD_TIMED_OUT: {
    message: "The function's file did not finish loading in time",
    action: "Look for a loop or an await that never ends at the top of the file or in init.",
  },
  EXPORT_NOT_FOUND: {
    message: "The function's file does not export the handler",
    action: "Export a function of that name, or change the handler.",
  },
  INIT_FAILED: {
    message: "The function's init threw",
    action: "Correct the exported init; it runs once, before the first call.",
  },
  PORT_UNAVAILABLE: {
    message: "The function server cannot listen",
    action: "Set FUNC_PORT to a port that is free and may be used.",
  },
  BLOCKED: {
    message: "The function blocked the process beyond its timeout in a call that cannot be interrupted",
    action: "Use the asynchronous form (exec instead of execSync), or raise the timeout.",
  },
  BAD_JSON: {
    message: "The body is not the JSON that its content type says",
    action: "Send valid JSON, or another content type.",
  },
  BAD_CLOUD_EVENT: {
    message: "The body is not a CloudEvent that its content type says",
    action: "Send id, source, specversion and type, as CloudEvents 1.0 asks for.",
  },
  BAD_DEADLINE: {
    message: "The header kubeless-deadline is not a time",
    action: "Send an RFC 3339 time, such as 2030-01-01T00:00:00Z.",
  },
  BAD_ENCODING: {
    message: "The body is not in the encoding that it says",
    action: "Send a body that the Content-Encoding describes.",
  },
  BODY_TOO_LARGE: {
    message: "The body is larger than the function accepts",
    action: "Send less, or raise REQ_MB_LIMIT on the function.",
  },
  ENCODING_UNSUPPORTED: {
    message: "The body has a content encoding that is not supported",
    action: "Send it as it is, or with gzip, deflate or br.",
  },
  FORMAT_UNSUPPORTED: {
    message: "The body is a CloudEvent in a format that is not supported",
    action: "Send application/cloudevents+json or application/cloudevents-batch+json.",
  },
  FUNCTION_FAILED: {
    message: "The function failed",
    action: "The function's log has the stack.",
  },
  FUNCTION_TIMED_OUT: {
    message: "The function did not answer in time",
    action: "Raise the function's timeout, or make it do less.",
  },
  REPLY_UNSUPPORTED: {
    message: "The function returned something that cannot be sent",
    action: "Return text, bytes, a Response, a stream, or something that JSON can say.",
  },
  INSTALL_FAILED: {
    message: "The function's dependencies could not be installed",
    action: "See npm's words above; the name, the version and the registry must be right.",
  },
} as const;

/** The failure of a body of more than so many bytes. */
export function tooLarge(limitBytes: number): RuntimeFailure {
  return new RuntimeFailure("BODY_TOO_LARGE", `more than ${limitBytes} bytes`);
}

export type ErrorCode = keyof typeof errors;

/** A failure out of the table above. Its message says what happened, in particular, and what to do. */
export class RuntimeFailure extends Error {
  override readonly name = "RuntimeFailure";
  readonly code: ErrorCode;
  readonly #isOurs = true;

  /** Runs nothing of what it is asked about, as `instanceof` would: a function may throw a Proxy. */
  static is(error: unknown): error is RuntimeFailure {
    return typeof error === "object" && error !== null && #isOurs in error;
  }

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    const { message, action } = errors[code];
    super(`${message}: ${detail}${/[.!?]$/.test(detail) ? "" : "."} ${action}`, options);
    this.code = code;
  }
}
