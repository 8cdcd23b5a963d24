import { childSchema, itemSchema, keyword, resolve, type Schema } from "../kinds/schema.ts";
import { isEqual } from "../patch/json-patch.ts";
import { isJson, type Json } from "../schema/prune.ts";
import type { FieldSet } from "./field-set.ts";

/** How a place in an object is owned: as a whole, field by field, or item by item. */
type Shape = "leaf" | "object" | "list";

function shapeOf(value: unknown, schema: Schema | undefined): Shape {
  if (isJson(value)) {
    const atomic = keyword(schema, "x-kubernetes-map-type") === "atomic" || isUntyped(schema);
    return atomic ? "leaf" : "object";
  }
  if (!Array.isArray(value)) return "leaf";
  const type = keyword(schema, "x-kubernetes-list-type");
  return type === "map" || type === "set" ? "list" : "leaf";
}

/** Fields of unknown type are owned one by one too (structured-merge-diff's "deduced" type), lists in them whole. */
function isUntyped(schema: Schema | undefined): boolean {
  return schema !== undefined && keyword(schema, "format") === "atomic";
}

/** The path element of a list item: by its keys in a map, by itself in a set. */
export function itemElement(item: unknown, schema: Schema | undefined): string {
  if (keyword(schema, "x-kubernetes-list-type") !== "map" || !isJson(item))
    return `v:${JSON.stringify(item)}`;
  const items = itemSchema(schema);
  const keys = [...(keyword(schema, "x-kubernetes-list-map-keys") ?? [])].sort();
  const pairs = keys.map((key) => [key, item[key] ?? childSchema(items, key)?.default] as const);
  return `k:${JSON.stringify(Object.fromEntries(pairs.filter(([, value]) => value !== undefined)))}`;
}

/** Every field an applied object names. */
export function fieldsOf(value: Json, schema: Schema | undefined): FieldSet {
  const set: FieldSet = {};
  for (const [name, child] of Object.entries(value)) {
    const field = childSchema(schema, name);
    const node = nodeOf(child, field);
    const declared = schema !== undefined && resolve(schema).properties?.[name] !== undefined;
    const own = child === null || (isJson(child) && Object.keys(child).length === 0) || !declared;
    if (node !== undefined)
      set[`f:${name}`] = own && Object.keys(node).length > 0 ? { ".": {}, ...node } : node;
  }
  return set;
}

function nodeOf(value: unknown, schema: Schema | undefined): FieldSet | undefined {
  const shape = shapeOf(value, schema);
  if (shape === "leaf") return {};
  if (shape === "object") return fieldsOf(value as Json, schema);
  const set: FieldSet = {};
  for (const item of value as unknown[]) {
    const inner = isJson(item) ? nodeOf(item, itemSchema(schema)) : {};
    set[itemElement(item, schema)] =
      inner === undefined || Object.keys(inner).length === 0 ? {} : { ".": {}, ...inner };
  }
  return Object.keys(set).length === 0 ? undefined : set;
}

export interface Comparison {
  /** Paths that are new or have another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** What differs between two states of an object, path by path. */
export function compare(before: Json, after: Json, schema: Schema | undefined): Comparison {
  const changed: FieldSet = {};
  const removed: FieldSet = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const field = childSchema(schema, name);
    compareChild(`f:${name}`, before[name], after[name], field, changed, removed);
  }
  return { changed, removed };
}

function compareChild(
  element: string,
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  changed: FieldSet,
  removed: FieldSet,
): void {
  if (before === undefined && after === undefined) return;
  if (before === after || isEqual(before, after)) return;
  if (after === undefined) removed[element] = allFields(before, schema);
  else if (before === undefined) addNew(element, after, schema, changed);
  else compareBoth(element, before, after, schema, changed, removed);
}

function compareBoth(
  element: string,
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  changed: FieldSet,
  removed: FieldSet,
): void {
  const shape = shapeOf(after, schema);
  if (shape === "leaf" || shapeOf(before, schema) !== shape) {
    changed[element] = allFields(after, schema);
    return;
  }
  const inner =
    shape === "object"
      ? compare(before as Json, after as Json, schema)
      : compareLists(before as unknown[], after as unknown[], schema);
  if (Object.keys(inner.changed).length > 0) changed[element] = inner.changed;
  if (Object.keys(inner.removed).length > 0) removed[element] = inner.removed;
}

function compareLists(before: unknown[], after: unknown[], schema: Schema | undefined): Comparison {
  const changed: FieldSet = {};
  const removed: FieldSet = {};
  const [old, now] = [byElement(before, schema), byElement(after, schema)];
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    compareChild(element, old.get(element), now.get(element), itemSchema(schema), changed, removed);
  }
  return { changed, removed };
}

export function byElement(list: readonly unknown[], schema: Schema | undefined): Map<string, unknown> {
  return new Map(list.map((item) => [itemElement(item, schema), item]));
}

/** A new value: all its fields, and itself unless it is a struct that is always there. */
function addNew(element: string, value: unknown, schema: Schema | undefined, changed: FieldSet): void {
  const node = allFields(value, schema);
  const alwaysThere = isJson(schema?.default) && !element.startsWith("k:");
  const { ".": _self, ...inner } = node;
  if (!alwaysThere) changed[element] = node;
  else if (Object.keys(inner).length > 0) changed[element] = inner;
}

/** Every path within a value, the inner nodes included. */
function allFields(value: unknown, schema: Schema | undefined): FieldSet {
  const shape = shapeOf(value, schema);
  const set: FieldSet = {};
  if (shape === "object") {
    for (const [name, child] of Object.entries(value as Json))
      addNew(`f:${name}`, child, childSchema(schema, name), set);
  } else if (shape === "list") {
    for (const [element, item] of byElement(value as unknown[], schema))
      set[element] = allFields(item, itemSchema(schema));
  }
  return Object.keys(set).length === 0 ? {} : { ".": {}, ...set };
}
