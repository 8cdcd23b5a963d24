import { type ASTNode, Optional } from "@marcbachmann/cel-js";
import type { Fault } from "../errors.ts";
import { childSchema, resolve, type Schema, type ValidationRule } from "../kinds/schema.ts";
import { isEqual } from "../patch/json-patch.ts";
import { estimateCost } from "./cel-cost.ts";
import { celEnvironment } from "./cel-environment.ts";
import { largestCount } from "./cel-size.ts";
import { isJson, join } from "./prune.ts";
import { typeOf } from "./validate.ts";

type Program = ((variables: object) => unknown) & { readonly ast: ASTNode };

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly run: Program;
  readonly message: Program | undefined;
  readonly usesOld: boolean;
}

/** The rules of one schema, ready to run. */
export interface RuleSet {
  /** Whether there is any rule. */
  readonly any: boolean;
  validate(value: unknown, before: unknown): Fault[];
}

/**
 * Compiles every `x-kubernetes-validations` rule of a schema. A rule that this evaluator does not understand is a fault
 * here, so that it is refused with its CRD and never silently skipped.
 */
export function compileRules(schema: Schema, path: string): { rules: RuleSet; faults: Fault[] } {
  const faults: Fault[] = [];
  const compiled = new Map<Schema, CompiledRule[]>();
  const withRules = new Set<Schema>();
  compileNode({ schema, occurs: 1 }, path, compiled, withRules, faults);
  const validate = (value: unknown, before: unknown): Fault[] => {
    const found: Fault[] = [];
    if (withRules.has(schema)) visit({ compiled, withRules, found }, value, before, schema, "");
    return found;
  };
  return { rules: { any: withRules.size > 0, validate }, faults };
}

/** A place in a schema, and how often one object can have it; Infinity where nothing limits that. */
interface Place {
  readonly schema: Schema;
  readonly occurs: number;
}

function compileNode(
  place: Place,
  path: string,
  compiled: Map<Schema, CompiledRule[]>,
  withRules: Set<Schema>,
  faults: Fault[],
): boolean {
  const { schema, occurs } = place;
  const node = resolve(schema);
  const rules = node["x-kubernetes-validations"] ?? [];
  compiled.set(
    schema,
    rules.flatMap(
      (rule, index) => compileRule(rule, place, `${path}.x-kubernetes-validations[${index}]`, faults) ?? [],
    ),
  );
  let any = rules.length > 0;
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    if (name === "metadata" && child.$ref !== undefined) continue;
    const there = { schema: child, occurs };
    if (compileNode(there, `${path}.properties[${name}]`, compiled, withRules, faults)) any = true;
  }
  for (const field of ["items", "additionalProperties"] as const) {
    const child = node[field];
    if (typeof child !== "object") continue;
    const each = { schema: child, occurs: occurs * (node.maxItems ?? node.maxProperties ?? Infinity) };
    if (compileNode(each, `${path}.${field}`, compiled, withRules, faults)) any = true;
  }
  if (any) withRules.add(schema);
  return any;
}

function compileRule(
  rule: ValidationRule,
  place: Place,
  path: string,
  faults: Fault[],
): CompiledRule | undefined {
  const optional = rule.optionalOldSelf === true;
  const run = compile(rule.rule, `${path}.rule`, faults, optional);
  const message = rule.messageExpression
    ? compile(rule.messageExpression, `${path}.messageExpression`, faults, optional)
    : undefined;
  if (run === undefined) return undefined;
  checkCost(run.ast, place, `${path}.rule`, faults);
  return { rule, run, message, usesOld: /\boldSelf\b/.test(rule.rule) };
}

/** What kube-apiserver lets one rule cost at most, for all places of an object together. */
const costLimit = 10_000_000;

function checkCost(rule: ASTNode, { schema, occurs }: Place, field: string, faults: Fault[]): void {
  const count = occurs === Infinity ? largestCount(schema) : occurs;
  const factor = (estimateCost(rule, schema) * count) / costLimit;
  if (factor <= 1) return;
  const shown = factor > 100 ? "more than 100" : factor.toFixed(1);
  faults.push({
    reason: "FieldValueForbidden",
    field,
    message: `Forbidden: estimated rule cost exceeds budget by factor of ${shown}x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
  });
}

function compile(text: string, path: string, faults: Fault[], optionalOldSelf: boolean): Program | undefined {
  const refuse = (error: unknown) => {
    const why = String((error as Error | undefined)?.message ?? error).split("\n")[0];
    const message = `Invalid value: ${JSON.stringify(text)}: compilation failed: ${why}`;
    faults.push({ reason: "FieldValueInvalid", field: path, message });
    return undefined;
  };
  try {
    const program = celEnvironment(optionalOldSelf).parse(text);
    const checked = program.check();
    return checked.valid ? (program as unknown as Program) : refuse(checked.error);
  } catch (error) {
    return refuse(error);
  }
}

interface Visit {
  readonly compiled: ReadonlyMap<Schema, CompiledRule[]>;
  readonly withRules: ReadonlySet<Schema>;
  readonly found: Fault[];
}

function visit(state: Visit, value: unknown, before: unknown, schema: Schema, path: string): void {
  if (value === undefined || value === null || !state.withRules.has(schema)) return;
  const unchanged = before !== undefined && isEqual(before, value);
  if (unchanged) return;
  for (const rule of state.compiled.get(schema) ?? []) evaluate(state, rule, value, before, schema, path);
  const node = resolve(schema);
  if (Array.isArray(value)) {
    const items = node.items;
    if (items === undefined) return;
    value.forEach((item, index) => {
      visit(state, item, correlate(item, before, schema), items, `${path}[${index}]`);
    });
  } else if (isJson(value)) {
    for (const [name, child] of Object.entries(value)) {
      const field = childSchema(node, name);
      if (field !== undefined)
        visit(state, child, isJson(before) ? before[name] : undefined, field, join(path, name));
    }
  }
}

/** The old item of a list map with the same keys; items of other lists have no past. */
function correlate(item: unknown, before: unknown, schema: Schema): unknown {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys === undefined || !Array.isArray(before) || !isJson(item)) return undefined;
  return before.find((old) => isJson(old) && keys.every((key) => old[key] === item[key]));
}

function evaluate(
  state: Visit,
  compiled: CompiledRule,
  value: unknown,
  before: unknown,
  schema: Schema,
  path: string,
): void {
  const { rule, usesOld } = compiled;
  const optional = rule.optionalOldSelf === true;
  if (usesOld && before === undefined && !optional) return;
  const old = before === undefined ? undefined : toCel(before, schema);
  const variables = {
    self: toCel(value, schema),
    oldSelf: optional ? (old === undefined ? Optional.none() : Optional.of(old)) : old,
  };
  try {
    if (compiled.run(variables) === true) return;
    state.found.push(broken(compiled, variables, value, path));
  } catch (error) {
    const why = String((error as Error).message).split("\n")[0];
    const message = `Invalid value: ${shown(value)}: rule compile error or runtime error evaluating '${rule.rule}': ${why}`;
    state.found.push({ reason: "FieldValueInvalid", field: path, message });
  }
}

function broken({ rule, message }: CompiledRule, variables: object, value: unknown, path: string): Fault {
  const text = textOf(rule, message, variables);
  const field = rule.fieldPath === undefined ? path : `${path}${rule.fieldPath}`.replace(/^\./, "");
  switch (rule.reason) {
    case "FieldValueRequired":
      return { reason: rule.reason, field, message: `Required value: ${text}` };
    case "FieldValueForbidden":
      return { reason: rule.reason, field, message: `Forbidden: ${text}` };
    case "FieldValueDuplicate":
      return { reason: rule.reason, field, message: `Duplicate value: ${shown(value)}: ${text}` };
    default:
      return {
        reason: "FieldValueInvalid",
        field: field || "<nil>",
        message: `Invalid value: ${shown(value)}: ${text}`,
      };
  }
}

function textOf(rule: ValidationRule, message: Program | undefined, variables: object): string {
  try {
    const text = message?.(variables);
    if (typeof text === "string" && text.trim() !== "" && !text.includes("\n")) return text;
  } catch {
    return rule.message ?? `failed rule: ${rule.rule}`;
  }
  return rule.message ?? `failed rule: ${rule.rule}`;
}

/** How the API server shows the value a rule failed for: by its type only. */
function shown(value: unknown): string {
  return JSON.stringify(typeOf(value));
}

/** A JSON value as CEL sees it: integers are int, fields carry their escaped names, formats their types. */
function toCel(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema && resolve(schema).items));
  if (typeof value === "number") {
    const isDouble = schema?.type === "number" || !Number.isInteger(value);
    return isDouble ? value : BigInt(value);
  }
  if (typeof value === "string" && schema?.format === "date-time") return new Date(value);
  if (!isJson(value)) return value;
  const node = schema === undefined ? undefined : resolve(schema);
  const isStruct = node?.properties !== undefined;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return Object.fromEntries(
    entries.map(([name, item]) => [isStruct ? escapeName(name) : name, toCel(item, childSchema(node, name))]),
  );
}

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A field's name as rules write it: `host__dash__name`, `__function__`. */
export function escapeName(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}
