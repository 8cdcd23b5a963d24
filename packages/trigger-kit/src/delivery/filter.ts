import { setFlagsFromString } from "node:v8";
import { Environment } from "@marcbachmann/cel-js";
import type { SourceRecord } from "../source.ts";

/** Whether a record reaches the function. Throws what the expression throws, or a TypeError when it gives no boolean. */
export type Filter = (record: SourceRecord) => boolean;

const environment = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable("headers", "map<string, string>")
  .registerVariable("key", "string")
  .registerVariable("data", "dyn");

const decoder = new TextDecoder();

/**
 * Compiles a trigger's `spec.filter`: CEL over `headers` (the record's own, in lower case), `key` (as text) and `data` (the
 * JSON value where the body is JSON, else its text). Throws when it is no such expression, with its place.
 */
export function compileFilter(expression: string): Filter {
  boundMatches();
  const program = environment.parse(expression);
  const checked = program.check();
  if (!checked.valid) throw new SyntaxError(checked.error?.message ?? "it is not a CEL expression");
  return (record) => {
    const result = program({ headers: record.headers, key: textOf(record.key), data: dataOf(record) });
    if (typeof result !== "boolean")
      throw new TypeError(`it gave ${JSON.stringify(result) ?? typeof result}, not true or false`);
    return result;
  };
}

/**
 * CEL's `matches` takes time in proportion to its text, as RE2 does. The library's is JavaScript's, which for some patterns takes
 * for ever, and with it everything that this process does: beyond many steps it goes on as RE2 would, where it can. That is so
 * for the whole process, from its first filter on.
 */
function boundMatches(): void {
  setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : decoder.decode(bytes);
}

function dataOf({ body }: SourceRecord): unknown {
  const text = decoder.decode(body);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
