import { Environment } from "@marcbachmann/cel-js";
import type { SourceRecord } from "../source.ts";
import { registerMatches } from "./filter-matches.ts";

/** Whether a record reaches the function. Throws what the expression throws, or a TypeError when it gives no boolean. */
export type Filter = (record: SourceRecord) => boolean;

const environment = registerMatches(new Environment({ unlistedVariablesAreDyn: false }))
  .registerVariable("headers", "map<string, string>")
  .registerVariable("key", "string")
  .registerVariable("data", "dyn");

const decoder = new TextDecoder();

/**
 * Compiles a trigger's `spec.filter`: CEL over `headers` (the record's own, in lower case), `key` (as text) and `data` (the
 * JSON value where the body is JSON, else its text). Throws when it is no such expression, with its place.
 */
export function compileFilter(expression: string): Filter {
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
