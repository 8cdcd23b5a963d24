import { childSchema, itemSchema, keyword, resolve, type Schema } from "../kinds/schema.ts";

export type Json = Record<string, unknown>;

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Drops, in place, every field the schema does not know, and returns the dropped paths. */
export function prune(object: Json, schema: Schema): string[] {
  const dropped: string[] = [];
  pruneObject(object, schema, "", dropped, true);
  return dropped;
}

const embedded = new Set(["apiVersion", "kind", "metadata"]);

function pruneValue(value: unknown, schema: Schema, path: string, dropped: string[]): void {
  if (Array.isArray(value)) {
    const items = itemSchema(schema);
    if (items === undefined) return;
    value.forEach((item, index) => {
      pruneValue(item, items, `${path}[${index}]`, dropped);
    });
  } else if (isJson(value)) {
    pruneObject(value, schema, path, dropped, keyword(schema, "x-kubernetes-embedded-resource") === true);
  }
}

function pruneObject(object: Json, schema: Schema, path: string, dropped: string[], resource: boolean): void {
  const node = resolve(schema);
  const open = keepsUnknown(node);
  for (const [name, value] of Object.entries(object)) {
    const child = childSchema(node, name);
    if (child !== undefined) pruneValue(value, child, join(path, name), dropped);
    else if (!open && !(resource && embedded.has(name))) {
      delete object[name];
      dropped.push(join(path, name));
    }
  }
}

function keepsUnknown(node: Schema): boolean {
  if (node["x-kubernetes-preserve-unknown-fields"] === true || node.additionalProperties === true)
    return true;
  return node.properties === undefined && node.additionalProperties === undefined && node.type !== "object";
}

export function join(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}
