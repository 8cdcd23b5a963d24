import { type BuiltinSchemas, nameOf } from "../kinds/builtin-schemas.ts";
import { childSchema, resolve, type Schema } from "../kinds/schema.ts";
import { base64Problem, timeProblem } from "./go-text.ts";
import { isJson, join } from "./prune.ts";
import { parseQuantity } from "./quantity.ts";

/** What Go's decoder says of the first value that does not fit its field in a built-in kind; undefined when all do. */
export function decodingProblem(
  object: unknown,
  schema: Schema,
  schemas: BuiltinSchemas,
): string | undefined {
  return problemIn(object, schema, { struct: "", field: "", schemas });
}

/** The Go struct that a value lies in, and the path of its field from the top. */
interface Place {
  readonly struct: string;
  readonly field: string;
  readonly schemas: BuiltinSchemas;
}

/** To Go a null is the same as nothing. */
function problemIn(value: unknown, schema: Schema, place: Place): string | undefined {
  if (value === null || value === undefined) return undefined;
  const node = resolve(schema);
  const open = openTypes[nameOf(node, place.schemas)];
  if (open !== undefined) return open(value, place);
  const isFormatted = Object.hasOwn(formats, node.format ?? "");
  if (isFormatted) return formats[node.format ?? ""]?.(value, node, place);
  const type = node.type ?? (node.properties === undefined ? undefined : "object");
  if (type === undefined) return undefined;
  if (type === "number" ? typeof value !== "number" : jsonType(value) !== jsonTypes[type])
    return mismatch(jsonType(value), schema, place);
  if (Array.isArray(value)) {
    const { items } = node;
    return items && first(value, (item) => problemIn(item, items, place));
  }
  if (!isJson(value)) return undefined;
  return first(Object.entries(value), ([name, child]) => {
    const field = childSchema(node, name);
    return field && problemIn(child, field, below(node, name, place));
  });
}

/** A key of a map is no part of a field's path. */
function below(node: Schema, name: string, place: Place): Place {
  if (node.properties?.[name] === undefined) return place;
  return { ...place, struct: nameOf(node, place.schemas), field: join(place.field, name) };
}

function first<T>(values: readonly T[], find: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

const jsonTypes: Readonly<Record<string, string>> = {
  array: "array",
  boolean: "bool",
  object: "object",
  string: "string",
};

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function mismatch(found: string, schema: Schema, { struct, field, schemas }: Place): string {
  return `json: cannot unmarshal ${found} into Go struct field ${struct}.${field} of type ${goType(schema, schemas)}`;
}

function goType(schema: Schema, schemas: BuiltinSchemas): string {
  const node = resolve(schema);
  if (schema.$ref !== undefined && node.type !== "string") return versioned(node, schemas);
  if (node.items !== undefined) return `[]${goType(node.items, schemas)}`;
  if (typeof node.additionalProperties === "object")
    return `map[string]${goType(node.additionalProperties, schemas)}`;
  if (node.format === "byte") return "[]uint8";
  if (node.type === "number") return "float64";
  return node.type === "integer" ? (node.format ?? "int64") : (jsonTypes[node.type ?? ""] ?? "string");
}

/** `v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`. */
function versioned(node: Schema, schemas: BuiltinSchemas): string {
  const name = nameOf(node, schemas);
  return name === "" ? "object" : `v1.${name}`;
}

const schemaType = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";

/** Types that are one thing or another, which published schemas leave open. */
const openTypes: Readonly<Record<string, (value: unknown, place: Place) => string | undefined>> = {
  JSONSchemaPropsOrBool: (value, place) => {
    if (typeof value === "boolean") return undefined;
    return isJson(value) ? inSchema(value, place) : "boolean or JSON schema expected";
  },
  JSONSchemaPropsOrArray: (value, place) => {
    if (Array.isArray(value)) return first(value, (item) => inSchema(item, place));
    return isJson(value) ? inSchema(value, place) : undefined;
  },
};

function inSchema(value: unknown, place: Place): string | undefined {
  const schema = place.schemas.get(schemaType);
  return schema && problemIn(value, schema, place);
}

type Format = (value: unknown, node: Schema, place: Place) => string | undefined;

/** Types that decode themselves say less of where they are. */
const own = (found: string, type: string) => `json: cannot unmarshal ${found} into Go value of type ${type}`;

const integer: Format = (value, node, place) => {
  if (typeof value !== "number") return mismatch(jsonType(value), node, place);
  const limit = node.format === "int64" ? 2 ** 63 : 2 ** 31;
  const fits = Number.isInteger(value) && value < limit && value >= -limit;
  return fits ? undefined : mismatch(`number ${value}`, node, place);
};

const formats: Readonly<Record<string, Format>> = {
  int32: integer,
  int64: integer,
  byte: (value, node, place) =>
    typeof value === "string" ? base64Problem(value) : mismatch(jsonType(value), node, place),
  "date-time": (value, node, { schemas }) => {
    if (typeof value !== "string") return own(jsonType(value), "string");
    return timeProblem(value, nameOf(node, schemas) === "MicroTime");
  },
  quantity: (value) =>
    (typeof value === "string" || typeof value === "number") && parseQuantity(String(value)) !== undefined
      ? undefined
      : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  "int-or-string": (value) => {
    if (typeof value === "string") return undefined;
    if (typeof value !== "number") return own(jsonType(value), "int32");
    const fits = Number.isInteger(value) && value < 2 ** 31 && value >= -(2 ** 31);
    return fits ? undefined : own(`number ${value}`, "int32");
  },
};
