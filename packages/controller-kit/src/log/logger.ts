import { type DestinationStream, pino } from "pino";

/** A function per level: fields first, then a constant message. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Record<string, unknown>): Logger;
}

export interface LoggerOptions {
  /** `debug`, `info`, `warn`, `error` or `silent`. Default `info`. */
  level?: string | undefined;
  /** On every line: `{ controller: "function" }`. */
  fields?: Record<string, unknown> | undefined;
  /** Default standard output. */
  destination?: DestinationStream | undefined;
}

/** One JSON object a line; errors are under `err`. Authorization headers and Secrets' data never pass. */
export function createLogger({ level = "info", fields = {}, destination }: LoggerOptions = {}): Logger {
  const options = {
    level,
    base: fields,
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: toErrorFields },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** A logger that says nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};

/** What of an error is worth a line: never a request's body or headers. */
function toErrorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { status, reason, path } = error as { status?: unknown; reason?: unknown; path?: unknown };
  const stack = error.name === "ApiError" ? undefined : error.stack;
  return { type: error.name, message: error.message, status, reason, path, stack };
}
