import { childSchema, itemSchema, keyword, resolve, type Schema } from "../kinds/schema.ts";
import { isJson, type Json } from "./prune.ts";

/** What the schema alone cannot say: defaults by type, constant or computed from the object they belong to. */
export type TypeDefaults = ReadonlyMap<Schema, Readonly<Record<string, unknown>>>;

/** Fills in, in place, the defaults a custom kind's schema declares. */
export function applySchemaDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    const items = itemSchema(schema);
    if (items !== undefined) for (const item of value) applySchemaDefaults(item, items);
    return;
  }
  if (!isJson(value)) return;
  for (const [name, field] of Object.entries(resolve(schema).properties ?? {})) {
    if (value[name] === null && field.default !== undefined && field.nullable !== true) delete value[name];
    if (value[name] === undefined && field.default !== undefined)
      value[name] = structuredClone(field.default);
  }
  for (const [name, child] of Object.entries(value)) {
    const field = childSchema(schema, name);
    if (field !== undefined) applySchemaDefaults(child, field);
  }
}

/** Fills in, in place, what the API server fills into a built-in kind. */
export function applyTypeDefaults(value: unknown, schema: Schema, defaults: TypeDefaults): void {
  if (Array.isArray(value)) {
    const items = itemSchema(schema);
    if (items !== undefined) for (const item of value) applyTypeDefaults(item, items, defaults);
    return;
  }
  if (!isJson(value)) return;
  fillDeclared(value, schema);
  for (const [name, child] of Object.entries(value)) {
    const field = childSchema(schema, name);
    if (field !== undefined) applyTypeDefaults(child, field, defaults);
  }
  fillComputed(value, defaults.get(resolve(schema)));
}

/** Structs that are always there, and constants that the published schema itself names. */
function fillDeclared(value: Json, schema: Schema): void {
  for (const [name, field] of Object.entries(resolve(schema).properties ?? {})) {
    if (value[name] === null) delete value[name];
    const given = field.default;
    if (value[name] !== undefined || given === undefined || given === "" || given === 0 || given === false)
      continue;
    if (isJson(given) && keyword(field, "type") !== "object") continue;
    value[name] = structuredClone(given);
  }
}

/** Fills in what is absent; the rule named "" is run with the whole object. */
export function fillComputed(value: Json, defaults: Readonly<Record<string, unknown>> | undefined): void {
  for (const [name, given] of Object.entries(defaults ?? {})) {
    if (name === "" && typeof given === "function") {
      given(value);
      continue;
    }
    const old = value[name];
    if (old !== undefined && old !== null && old !== "") continue;
    const filled =
      typeof given === "function" ? (given as (object: Json) => unknown)(value) : structuredClone(given);
    if (filled !== undefined) value[name] = filled;
  }
}
