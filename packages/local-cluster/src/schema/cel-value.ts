import { evaluate } from "@marcbachmann/cel-js";
import { childSchema, resolve, type Schema } from "../kinds/schema.ts";
import { isJson } from "./prune.ts";

/** A JSON value as CEL sees it: integers are int, fields carry their escaped names, formats their types. */
export function toCel(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema && resolve(schema).items));
  if (typeof value === "number") {
    const isDouble = schema?.type === "number" || !Number.isInteger(value);
    return isDouble ? value : BigInt(value);
  }
  if (typeof value === "string") return formats[schema?.format ?? ""]?.(value) ?? value;
  if (!isJson(value)) return value;
  const node = schema === undefined ? undefined : resolve(schema);
  const isStruct = node?.properties !== undefined;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return Object.fromEntries(
    entries.map(([name, item]) => [isStruct ? escapeName(name) : name, toCel(item, childSchema(node, name))]),
  );
}

const formats: Readonly<Record<string, (text: string) => unknown>> = {
  byte: (text) => new Uint8Array(Buffer.from(text, "base64")),
  date: (text) => new Date(text),
  "date-time": (text) => new Date(text),
  duration: (text) => evaluate("duration(text)", { text }),
};

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A field's name as rules write it: `host__dash__name`, `__function__`. */
export function escapeName(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}
