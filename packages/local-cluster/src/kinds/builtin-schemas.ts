import type { Schema } from "./schema.ts";
import published from "./schemas.generated.json" with { type: "json" };

type Published = Record<string, Record<string, unknown>>;

/** The schemas of the built-in kinds by their full names (`io.k8s.api.core.v1.Pod`), references linked to each other. */
export type BuiltinSchemas = ReadonlyMap<string, Schema>;

export function loadBuiltinSchemas(): BuiltinSchemas {
  const raw = published as unknown as Published;
  const linked = new Map<string, Schema>(Object.keys(raw).map((name) => [name, {}]));
  for (const [name, schema] of linked) Object.assign(schema, link(raw[name] ?? {}, linked), special[name]);
  return linked;
}

/** `PodSpec` of the schema of `io.k8s.api.core.v1.PodSpec`; empty for a schema that is not shared. */
export function nameOf(schema: Schema, schemas: BuiltinSchemas): string {
  const names = known.get(schemas) ?? new Map([...schemas].map(([name, one]) => [one, name]));
  known.set(schemas, names);
  return names.get(schema)?.split(".").at(-1) ?? "";
}

const known = new WeakMap<BuiltinSchemas, ReadonlyMap<Schema, string>>();

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
const extensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

/** Types whose JSON form the published schema leaves open. */
const special: Record<string, Schema> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { format: "quantity" },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
    "x-kubernetes-int-or-string": true,
    format: "int-or-string",
  },
  [`${meta}.FieldsV1`]: { "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-map-type": "atomic" },
  [`${extensions}.JSON`]: { "x-kubernetes-preserve-unknown-fields": true },
  [`${extensions}.JSONSchemaPropsOrBool`]: { "x-kubernetes-preserve-unknown-fields": true },
  [`${extensions}.JSONSchemaPropsOrArray`]: { "x-kubernetes-preserve-unknown-fields": true },
  [`${extensions}.JSONSchemaPropsOrStringArray`]: { "x-kubernetes-preserve-unknown-fields": true },
};

function link(raw: Record<string, unknown>, linked: ReadonlyMap<string, Schema>): Schema {
  const schema: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) schema[key] = linkKeyword(key, value, linked);
  return schema as Schema;
}

function linkKeyword(key: string, value: unknown, linked: ReadonlyMap<string, Schema>): unknown {
  if (key === "$ref") return linked.get(String(value)) ?? {};
  if (key === "items" || key === "additionalProperties")
    return link(value as Record<string, unknown>, linked);
  if (key === "properties") {
    const fields = Object.entries(value as Published).map(([name, field]) => [name, link(field, linked)]);
    return Object.fromEntries(fields);
  }
  return value;
}
