import type { BuiltinSchemas } from "../kinds/builtin-schemas.ts";
import { childSchema, itemSchema, resolve, type Schema } from "../kinds/schema.ts";
import { isJson } from "./prune.ts";
import { canonicalQuantity } from "./quantity.ts";

/**
 * Writes, in place, what the API server writes: times and quantities in their one spelling, so that the same value is
 * always the same text, and zeros for the nulls in lists.
 */
export function normalise(value: unknown, schema: Schema, schemas: BuiltinSchemas): unknown {
  if (Array.isArray(value)) {
    const items = itemSchema(schema);
    if (items !== undefined)
      for (const [index, item] of value.entries())
        value[index] = normalise(item ?? zeroOf(items), items, schemas);
    return value;
  }
  if (isJson(value)) {
    for (const [name, child] of Object.entries(value)) {
      const field = childSchema(schema, name);
      if (child === null && field !== undefined && !isField(schema, name)) value[name] = zeroOf(field);
      else if (field !== undefined) value[name] = normalise(child, field, schemas);
    }
    return value;
  }
  const { format } = resolve(schema);
  if (format === "quantity") return canonicalQuantity(value);
  if (format === "date-time" && typeof value === "string")
    return toTimeText(value, resolve(schema) === micro(schemas));
  return value;
}

function zeroOf(schema: Schema): unknown {
  const { type, format, properties } = resolve(schema);
  if (type === "string") return format === "date-time" ? null : "";
  if (type === "integer") return 0;
  return properties === undefined ? null : {};
}

/** A field that is null is nothing; an entry of a map is there, and empty. */
function isField(schema: Schema, name: string): boolean {
  return resolve(schema).properties?.[name] !== undefined;
}

function micro(schemas: BuiltinSchemas): Schema | undefined {
  return schemas.get("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime");
}

function toTimeText(text: string, isMicro: boolean): string {
  const epoch = Date.parse(text);
  if (Number.isNaN(epoch)) return text;
  const seconds = new Date(Math.floor(epoch / 1000) * 1000).toISOString().slice(0, 19);
  if (!isMicro) return `${seconds}Z`;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  return `${seconds}.${fraction.padEnd(6, "0").slice(0, 6)}Z`;
}
