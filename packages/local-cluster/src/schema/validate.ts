import type { Fault } from "../errors.ts";
import { childSchema, keyword, resolve, type Schema } from "../kinds/schema.ts";
import { hasFormat } from "./formats.ts";
import { hasPattern } from "./pattern.ts";
import { isJson, join } from "./prune.ts";

/** Compares the value with the schema and returns every fault, in the words of the API server. */
export function validateValue(value: unknown, schema: Schema, path = ""): Fault[] {
  const faults: Fault[] = [];
  visit(value, schema, path, faults);
  return faults;
}

function visit(value: unknown, schema: Schema, path: string, faults: Fault[]): void {
  const node = resolve(schema);
  if (value === null && (node.nullable === true || schema.nullable === true)) return;
  if (!checkType(value, node, path, faults)) return;
  if (typeof value === "string") checkString(value, node, schema, path, faults);
  else if (typeof value === "number") checkNumber(value, node, path, faults);
  else if (Array.isArray(value)) checkArray(value, node, schema, path, faults);
  else if (isJson(value)) checkObject(value, node, path, faults);
  checkEnum(value, keyword(schema, "enum"), path, faults);
  checkLogic(value, node, path, faults);
}

function checkType(value: unknown, node: Schema, path: string, faults: Fault[]): boolean {
  const actual = typeOf(value);
  if (node["x-kubernetes-int-or-string"] === true) {
    if (actual === "integer" || actual === "string") return true;
    faults.push(wrongType(path, "integer,string", actual));
    return false;
  }
  if (node.type === undefined || node.type === actual || (node.type === "number" && actual === "integer"))
    return true;
  faults.push(wrongType(path, node.type, actual));
  return false;
}

function wrongType(path: string, wanted: string, actual: string): Fault {
  const message = `Invalid value: "${actual}": ${inBody(path)} must be of type ${wanted}: "${actual}"`;
  return { reason: "FieldValueTypeInvalid", field: path || "<nil>", message };
}

function checkString(value: string, node: Schema, schema: Schema, path: string, faults: Fault[]): void {
  const fault = stringFault(value, node, keyword(schema, "format"), path);
  if (fault !== undefined) faults.push(fault);
}

/** Only the first fault of a text is told. */
function stringFault(
  value: string,
  node: Schema,
  format: string | undefined,
  path: string,
): Fault | undefined {
  const { maxLength, minLength } = node;
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength) {
    const message = `Too long: may not be more than ${maxLength} bytes`;
    return { reason: "FieldValueTooLong", field: path, message };
  }
  if (minLength !== undefined && length < minLength) {
    return bad(path, value, `should be at least ${minLength} chars long`);
  }
  if (!hasPattern(value, node)) {
    return bad(path, value, `should match '${node.pattern}'`);
  }
  if (format === undefined || hasFormat(format, value)) return undefined;
  return bad(path, value, `must be of type ${format}: ${JSON.stringify(value)}`);
}

function checkNumber(value: number, node: Schema, path: string, faults: Fault[]): void {
  const { minimum, maximum, multipleOf } = node;
  if (minimum !== undefined && (node.exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    const words = node.exclusiveMinimum === true ? "greater than" : "greater than or equal to";
    faults.push(bad(path, value, `should be ${words} ${minimum}`));
  }
  if (maximum !== undefined && (node.exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    const words = node.exclusiveMaximum === true ? "less than" : "less than or equal to";
    faults.push(bad(path, value, `should be ${words} ${maximum}`));
  }
  if (multipleOf !== undefined && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9) {
    faults.push(bad(path, value, `should be a multiple of ${multipleOf}`));
  }
  const range =
    node.format === "int32" ? 2 ** 31 : node.format === "int64" ? 2 ** 63 : Number.POSITIVE_INFINITY;
  if (value >= range || value < -range) {
    faults.push(bad(path, value, `must be of type ${node.format}: "${value}"`));
  }
}

function checkArray(value: unknown[], node: Schema, schema: Schema, path: string, faults: Fault[]): void {
  if (node.maxItems !== undefined && value.length > node.maxItems) {
    faults.push(tooMany(path, value.length, node.maxItems, "items"));
    return;
  }
  if (node.minItems !== undefined && value.length < node.minItems) {
    faults.push(bad(path, value.length, `should have at least ${node.minItems} items`));
  }
  const items = node.items;
  if (items !== undefined) {
    value.forEach((item, index) => {
      visit(item, items, `${path}[${index}]`, faults);
    });
  }
  checkUnique(value, schema, path, faults);
}

function checkUnique(value: unknown[], schema: Schema, path: string, faults: Fault[]): void {
  const type = keyword(schema, "x-kubernetes-list-type");
  if (type !== "set" && type !== "map") return;
  const keys = keyword(schema, "x-kubernetes-list-map-keys") ?? [];
  const items = resolve(schema).items;
  const seen = new Set<string>();
  value.forEach((item, index) => {
    const shown = type === "set" ? item : keyValues(item, keys, items);
    const key = JSON.stringify(shown);
    if (seen.has(key)) {
      const message = `Duplicate value: ${key}`;
      faults.push({ reason: "FieldValueDuplicate", field: `${path}[${index}]`, message });
    }
    seen.add(key);
  });
}

function keyValues(item: unknown, keys: readonly string[], items: Schema | undefined): unknown {
  if (!isJson(item)) return item;
  const pairs = keys.map((key) => [key, item[key] ?? childSchema(items, key)?.default]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function checkObject(value: Record<string, unknown>, node: Schema, path: string, faults: Fault[]): void {
  const names = Object.keys(value);
  if (node.maxProperties !== undefined && names.length > node.maxProperties) {
    faults.push(tooMany(path, names.length, node.maxProperties, "items"));
  }
  if (node.minProperties !== undefined && names.length < node.minProperties) {
    faults.push(bad(path, names.length, `should have at least ${node.minProperties} properties`));
  }
  for (const name of node.required ?? []) {
    if (value[name] === undefined) {
      faults.push({ reason: "FieldValueRequired", field: join(path, name), message: "Required value" });
    }
  }
  for (const name of names) {
    const child = childSchema(node, name);
    if (child !== undefined) visit(value[name], child, join(path, name), faults);
  }
}

function checkEnum(value: unknown, allowed: unknown[] | undefined, path: string, faults: Fault[]): void {
  if (allowed === undefined || allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))) return;
  const list = allowed
    .map((one) => (typeof one === "string" ? JSON.stringify(one) : goValue(one)))
    .join(", ");
  const message = `Unsupported value: ${goValue(value)}: supported values: ${list}`;
  faults.push({ reason: "FieldValueNotSupported", field: path, message });
}

function checkLogic(value: unknown, node: Schema, path: string, faults: Fault[]): void {
  const fits = (schema: Schema) => validateValue(value, schema, path).length === 0;
  for (const schema of node.allOf ?? []) faults.push(...validateValue(value, schema, path));
  if (node["x-kubernetes-int-or-string"] === true) return;
  if (node.anyOf !== undefined && !node.anyOf.some(fits)) {
    faults.push(logic(path, "must validate at least one schema (anyOf)"));
  }
  if (node.oneOf !== undefined && node.format !== "quantity") {
    const count = node.oneOf.filter(fits).length;
    const found = count === 0 ? "none valid" : `${count} valid alternatives`;
    if (count !== 1)
      faults.push(logic(path, `must validate one and only one schema (oneOf). Found ${found}`));
  }
  if (node.not !== undefined && fits(node.not))
    faults.push(logic(path, "must not validate the schema (not)"));
}

function logic(path: string, words: string): Fault {
  return { reason: "FieldValueInvalid", field: "<nil>", message: `Invalid value: "": "${path}" ${words}` };
}

function bad(path: string, value: unknown, words: string): Fault {
  const message = `Invalid value: ${goValue(value)}: ${inBody(path)} ${words}`;
  return { reason: "FieldValueInvalid", field: path, message };
}

function tooMany(path: string, count: number, limit: number, what: string): Fault {
  return {
    reason: "FieldValueTooMany",
    field: path,
    message: `Too many: ${count}: must have at most ${limit} ${what}`,
  };
}

function inBody(path: string): string {
  return `${path} in body`;
}

export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** A value as Go prints it in a message. */
export function goValue(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return JSON.stringify(value);
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goValue).join(", ")}}`;
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]interface {}{${pairs.map(([key, item]) => `${JSON.stringify(key)}:${goValue(item)}`).join(", ")}}`;
}
