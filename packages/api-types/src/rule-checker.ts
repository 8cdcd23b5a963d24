import { formatPath } from "./field-path.ts";
import type { Fault } from "./parse.ts";
import { compileRule, escapeName, type Rule, type RuleCheck } from "./rule.ts";
import type { StructuralSchema } from "./structural-schema.ts";

type Check = (value: unknown, path: readonly PropertyKey[]) => readonly Fault[];

/**
 * Compiles every rule of a schema, once. The check evaluates each where everything below has its declared type; a value of
 * another type is the schema's to report.
 */
export function createRuleChecker(schema: StructuralSchema): (object: unknown) => readonly Fault[] {
  const check = compileSchema(schema);
  return (object) => check?.(object, []) ?? [];
}

function compileSchema(schema: StructuralSchema): Check | undefined {
  const rules = (schema["x-kubernetes-validations"] ?? []).map((rule) => ({
    rule,
    broken: compileRule(rule),
  }));
  const checks = [ownRules(rules, schema), ...children(schema)].filter((check) => check !== undefined);
  if (checks.length === 0) return undefined;
  return (value, path) => (hasType(value, schema.type) ? checks.flatMap((check) => check(value, path)) : []);
}

function ownRules(
  rules: readonly { rule: Rule; broken: RuleCheck }[],
  schema: StructuralSchema,
): Check | undefined {
  if (rules.length === 0) return undefined;
  return (value, path) => {
    if (!fits(value, schema)) return [];
    const self = toRuleValue(value, schema);
    return rules.flatMap(({ rule, broken }) => {
      const message = evaluate(broken, self);
      return message === undefined ? [] : [toFault(rule, message, path)];
    });
  };
}

/** As the API server does: a rule that cannot be evaluated is not fulfilled. */
function evaluate(broken: RuleCheck, self: unknown): string | undefined {
  try {
    return broken(self);
  } catch (error) {
    return `its rule cannot be evaluated: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function toFault({ fieldPath = "" }: Rule, message: string, path: readonly PropertyKey[]): Fault {
  const below = fieldPath.split(".").filter((step) => step !== "");
  return { path: formatPath([...path, ...below]), message };
}

function children({ properties, items, additionalProperties }: StructuralSchema): readonly Check[] {
  const result: Check[] = [];
  for (const [name, schema] of Object.entries(properties ?? {})) {
    const check = compileSchema(schema);
    if (check) result.push((value, path) => check((value as Record<string, unknown>)[name], [...path, name]));
  }
  const item = items && compileSchema(items);
  if (item)
    result.push((value, path) =>
      (value as unknown[]).flatMap((entry, index) => item(entry, [...path, index])),
    );
  const entry = additionalProperties && compileSchema(additionalProperties);
  if (entry)
    result.push((value, path) =>
      Object.entries(value as object).flatMap(([key, inner]) => entry(inner, [...path, key])),
    );
  return result;
}

/** What rules see: declared fields under their escaped names, no nulls, nothing undeclared. */
function toRuleValue(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) return value.map((entry) => toRuleValue(entry, schema.items ?? {}));
  if (typeof value !== "object" || value === null) return value;
  if (schema.properties === undefined) return value;
  const result: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(schema.properties)) {
    const field = (value as Record<string, unknown>)[name];
    if (field !== undefined && field !== null) result[escapeName(name)] = toRuleValue(field, inner);
  }
  return result;
}

function hasType(value: unknown, type: StructuralSchema["type"]): boolean {
  if (type === undefined || value === null || value === undefined) return false;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && !Array.isArray(value);
  return type === "integer" ? typeof value === "number" : typeof value === type;
}

/** Whether a rule can look at the value: what is required is there, and what is there is of its type. */
function fits(value: unknown, schema: StructuralSchema): boolean {
  if (value === null || value === undefined || schema.type === undefined) return true;
  if (!hasType(value, schema.type)) return false;
  if (Array.isArray(value)) return value.every((entry) => fits(entry, schema.items ?? {}));
  if (typeof value !== "object") return schema.enum?.includes(value) ?? true;
  const { properties = {}, additionalProperties = {}, required = [] } = schema;
  if (!required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(value).every(([name, inner]) =>
    fits(inner, properties[name] ?? additionalProperties),
  );
}
