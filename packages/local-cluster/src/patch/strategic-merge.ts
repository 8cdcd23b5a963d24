import { badRequest } from "../errors.ts";
import { childSchema, itemSchema, keyword, type Schema } from "../kinds/schema.ts";
import { isJson, type Json } from "../schema/prune.ts";
import { isEqual } from "./json-patch.ts";

const directive = "$patch";
const deleteFromList = "$deleteFromPrimitiveList/";
const elementOrder = "$setElementOrder/";
const retainKeys = "$retainKeys";

/** Kubernetes' strategic merge patch: lists with a merge key merge by it. `target` stays as it is. */
export function applyStrategicMerge(target: unknown, patch: unknown, schema: Schema): unknown {
  if (!isJson(patch)) throw badRequest("a strategic merge patch is an object");
  return mergeObject(isJson(target) ? target : {}, patch, schema);
}

function mergeObject(target: Json, patch: Json, schema: Schema | undefined): Json {
  if (patch[directive] === "replace") return without(patch);
  if (patch[directive] === "delete") return {};
  if (patch[directive] !== undefined && patch[directive] !== "merge")
    throw badRequest(`unknown patch type: ${String(patch[directive])} in map: ${JSON.stringify(patch)}`);
  const result: Json = { ...target };
  const kept = patch[retainKeys];
  refuseForgotten(kept, patch);
  if (Array.isArray(kept))
    for (const name of Object.keys(result)) if (!kept.includes(name)) delete result[name];
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(deleteFromList)) {
      const field = name.slice(deleteFromList.length);
      const gone = value as unknown[];
      if (Array.isArray(result[field])) result[field] = result[field].filter((item) => !gone.includes(item));
    } else if (!name.startsWith("$")) {
      mergeField(result, name, value, childSchema(schema, name));
    }
  }
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(elementOrder)) continue;
    const field = name.slice(elementOrder.length);
    const wasPatched = field in patch || `${deleteFromList}${field}` in patch;
    if (Array.isArray(result[field]) && Array.isArray(order) && wasPatched) {
      result[field] = inOrder(result[field], order, mergeKeyOf(childSchema(schema, field)), target[field]);
    }
  }
  return result;
}

/** What is set must be among what is retained. */
function refuseForgotten(kept: unknown, patch: Json): void {
  if (kept === undefined) return;
  const isWhole =
    Array.isArray(kept) &&
    Object.entries(patch).every(
      ([name, value]) => name.startsWith("$") || value === null || kept.includes(name),
    );
  if (!isWhole) throw badRequest("invalid patch format of retainKeys");
}

function mergeField(result: Json, name: string, value: unknown, schema: Schema | undefined): void {
  const old = result[name];
  if (value === null) delete result[name];
  else if (isJson(value)) {
    const merged = mergeObject(isJson(old) ? old : {}, value, schema);
    if (value[directive] === "delete") delete result[name];
    else result[name] = merged;
  } else if (Array.isArray(value)) result[name] = mergeList(Array.isArray(old) ? old : [], value, schema);
  else result[name] = value;
}

function mergeList(target: unknown[], patch: unknown[], schema: Schema | undefined): unknown[] {
  if (!keyword(schema, "x-kubernetes-patch-strategy")?.split(",").includes("merge")) return patch.map(clean);
  const key = mergeKeyOf(schema);
  if (patch.some((item) => isJson(item) && item[directive] === "replace")) {
    return patch.filter((item) => !(isJson(item) && item[directive] === "replace")).map(clean);
  }
  const result = [...target];
  for (const item of patch) {
    if (key === undefined || !isJson(item)) {
      if (!result.some((old) => isEqual(old, item))) result.push(item);
      continue;
    }
    if (item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const at = result.findIndex((old) => isJson(old) && old[key] === item[key]);
    if (item[directive] === "delete") {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = mergeObject(result[at] as Json, item, itemSchema(schema));
    else result.push(mergeObject({}, item, itemSchema(schema)));
  }
  return result;
}

/** Items named in `order` take that order; the others keep their place relative to those before them. */
function inOrder(list: unknown[], order: unknown[], key: string | undefined, before: unknown): unknown[] {
  const idOf = (item: unknown) => JSON.stringify(key !== undefined && isJson(item) ? item[key] : item);
  const wanted = order.map(idOf);
  const ordered = wanted.flatMap((id) => list.filter((item) => idOf(item) === id).slice(0, 1));
  const others = list.filter((item) => !wanted.includes(idOf(item)));
  if (!Array.isArray(before)) return [...ordered, ...others];
  const places = before.map(idOf);
  const result = [...ordered];
  for (const item of others) {
    const place = places.indexOf(idOf(item));
    const next = result.findIndex((one) => places.indexOf(idOf(one)) > place);
    result.splice(place < 0 || next < 0 ? result.length : next, 0, item);
  }
  return result;
}

function mergeKeyOf(schema: Schema | undefined): string | undefined {
  return keyword(schema, "x-kubernetes-patch-merge-key");
}

function clean(value: unknown): unknown {
  return isJson(value) ? without(value) : value;
}

function without(patch: Json): Json {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith("$")));
}
