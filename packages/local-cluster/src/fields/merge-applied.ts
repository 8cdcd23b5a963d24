import { childSchema, itemSchema, keyword, type Schema } from "../kinds/schema.ts";
import { isJson, type Json } from "../schema/prune.ts";
import { type FieldSet, isEmpty, isMember } from "./field-set.ts";
import { byElement, itemElement } from "./value-fields.ts";

/** Lays an applied configuration over the live object: maps by field, associative lists by item, the rest as a whole. */
export function mergeApplied(live: unknown, applied: unknown, schema: Schema | undefined): unknown {
  if (isJson(applied) && isJson(live) && keyword(schema, "x-kubernetes-map-type") !== "atomic") {
    const result: Json = { ...live };
    for (const [name, value] of Object.entries(applied)) {
      result[name] = mergeApplied(live[name], value, childSchema(schema, name));
    }
    return result;
  }
  const type = keyword(schema, "x-kubernetes-list-type");
  if (Array.isArray(applied) && Array.isArray(live) && (type === "map" || type === "set")) {
    return mergeLists(live, applied, schema);
  }
  return applied;
}

/** Applied items in their order, each live one kept before the items it stood before. */
function mergeLists(live: unknown[], applied: unknown[], schema: Schema | undefined): unknown[] {
  const [old, now] = [byElement(live, schema), byElement(applied, schema)];
  const result: unknown[] = [];
  const rest = [...old.keys()];
  const flush = (until: string | undefined) => {
    while (rest.length > 0 && rest[0] !== until && !now.has(rest[0] ?? ""))
      result.push(old.get(rest.shift() ?? ""));
  };
  for (const [element, item] of now) {
    if (old.has(element)) flush(element);
    if (rest[0] === element) rest.shift();
    result.push(mergeApplied(old.get(element), item, itemSchema(schema)));
  }
  const merged = new Set(result.map((item) => itemElement(item, schema)));
  for (const element of rest) if (!merged.has(element)) result.push(old.get(element));
  return result;
}

/** Takes the set's members out of a value; what others hold beneath them stays. `undefined`: nothing is left of it. */
export function removeFields(
  value: unknown,
  gone: FieldSet,
  kept: FieldSet,
  schema: Schema | undefined,
): unknown {
  if (isMember(gone) && !isMember(kept) && isEmpty(childrenOf(kept))) return undefined;
  if (isJson(value)) return removeFromObject(value, gone, kept, schema);
  if (Array.isArray(value)) return removeFromList(value, gone, kept, schema);
  return value;
}

function removeFromObject(
  value: Json,
  gone: FieldSet,
  kept: FieldSet,
  schema: Schema | undefined,
): Json | undefined {
  const result: Json = { ...value };
  for (const [element, node] of Object.entries(gone)) {
    const name = element.slice(2);
    if (!element.startsWith("f:") || result[name] === undefined) continue;
    const left = removeFields(result[name], node, kept[element] ?? nothing, childSchema(schema, name));
    if (left === undefined) delete result[name];
    else result[name] = left;
  }
  return Object.keys(result).length === 0 && isUnowned(kept) ? undefined : result;
}

function removeFromList(
  list: unknown[],
  gone: FieldSet,
  kept: FieldSet,
  schema: Schema | undefined,
): unknown[] | undefined {
  const left = list.flatMap((item) => {
    const element = itemElement(item, schema);
    const node = gone[element];
    if (node === undefined) return [item];
    const rest = removeFields(item, node, kept[element] ?? nothing, itemSchema(schema));
    return rest === undefined ? [] : [rest];
  });
  return left.length === 0 && isUnowned(kept) ? undefined : left;
}

/** Stands for "not in the set": it has a child, so it is no member, and that child matches no path. */
const nothing: FieldSet = Object.freeze({ "": {} });

function childrenOf(node: FieldSet): FieldSet {
  const { ".": _self, "": _nothing, ...inner } = node;
  return inner;
}

function isUnowned(kept: FieldSet): boolean {
  return !isMember(kept) && isEmpty(childrenOf(kept));
}
