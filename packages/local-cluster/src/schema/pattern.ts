import { RE2JS } from "re2js";
import type { Schema } from "../kinds/schema.ts";

/** A pattern as the API server reads it: Go's, which are RE2's and take time in proportion to the text. Throws in Go's words. */
export function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(pattern);
}

const known = new WeakMap<Schema, RE2JS>();

/** Whether a text has the pattern that its schema asks for; one that asks for none takes all. */
export function hasPattern(text: string, schema: Schema): boolean {
  if (schema.pattern === undefined) return true;
  const pattern = known.get(schema) ?? compilePattern(schema.pattern);
  known.set(schema, pattern);
  return pattern.test(text);
}
