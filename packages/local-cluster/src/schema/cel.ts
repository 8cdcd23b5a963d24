import { Optional } from "@marcbachmann/cel-js";
import type { Fault } from "../errors.ts";
import { childSchema, resolve, type Schema, type ValidationRule } from "../kinds/schema.ts";
import { isEqual } from "../patch/json-patch.ts";
import { type CompiledRule, type Place, type Program, RuleCompiler } from "./cel-compile.ts";
import type { Meter } from "./cel-meter.ts";
import { toCel } from "./cel-value.ts";
import { isJson, join } from "./prune.ts";
import { typeOf } from "./validate.ts";

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
  const compiler = new RuleCompiler();
  const compiled = new Map<Schema, CompiledRule[]>();
  const withRules = new Set<Schema>();
  compileNode({ schema, path, occurs: 1, isRoot: true }, compiler, compiled, withRules);
  compiler.finish(path);
  const validate = (value: unknown, before: unknown): Fault[] => {
    const state: Visit = { compiled, withRules, meter: compiler.meter, found: [], left: objectLimit };
    if (withRules.has(schema)) visit(state, value, before, schema, "");
    return state.found;
  };
  return { rules: { any: withRules.size > 0, validate }, faults: compiler.faults };
}

function compileNode(
  place: Place,
  compiler: RuleCompiler,
  compiled: Map<Schema, CompiledRule[]>,
  withRules: Set<Schema>,
): boolean {
  const { schema, path, occurs, uncorrelated } = place;
  const node = resolve(schema);
  const rules = node["x-kubernetes-validations"] ?? [];
  const known = rules.flatMap((rule, index) => compiler.compile(rule, place, index) ?? []);
  compiled.set(schema, known);
  let any = rules.length > 0;
  const compileChild = (child: Place) => {
    if (compileNode(child, compiler, compiled, withRules)) any = true;
  };
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    if (name === "metadata" && child.$ref !== undefined) continue;
    compileChild({ schema: child, path: `${path}.properties[${name}]`, occurs, uncorrelated });
  }
  const { items, additionalProperties: values } = node;
  if (items !== undefined) {
    const lost = node["x-kubernetes-list-type"] === "map" ? uncorrelated : (uncorrelated ?? path);
    const each = occurs * (node.maxItems ?? Infinity);
    compileChild({ schema: items, path: `${path}.items`, occurs: each, uncorrelated: lost });
  }
  if (typeof values === "object") {
    const each = occurs * (node.maxProperties ?? Infinity);
    compileChild({ schema: values, path: `${path}.additionalProperties`, occurs: each, uncorrelated });
  }
  if (any) withRules.add(schema);
  return any;
}

/** What kube-apiserver lets all rules of one object cost at most, each time that it is written. */
const objectLimit = 10_000_000;

interface Visit {
  readonly compiled: ReadonlyMap<Schema, CompiledRule[]>;
  readonly withRules: ReadonlySet<Schema>;
  readonly meter: Meter;
  readonly found: Fault[];
  /** What may still be spent; nothing more is evaluated below zero. */
  left: number;
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
  if (state.left < 0) return;
  const optional = rule.optionalOldSelf === true;
  if (usesOld && before === undefined && !optional) return;
  const old = before === undefined ? undefined : toCel(before, schema);
  const variables = {
    self: toCel(value, schema),
    oldSelf: optional ? (old === undefined ? Optional.none() : Optional.of(old)) : old,
  };
  const fail = (words: string) => {
    const message = `Invalid value: ${shown(value)}: ${words}`;
    state.found.push({ reason: "FieldValueInvalid", field: path || "<nil>", message });
  };
  state.meter.cost = 0;
  const outcome = run(compiled.run, variables);
  state.left -= state.meter.cost;
  if (state.meter.isOver) {
    state.left = -1;
    const words = "no further validation rules will be run due to call cost exceeds limit for rule";
    fail(`'operation cancelled: actual cost limit exceeded': ${words}: ${nameOf(rule)}`);
  } else if (state.left < 0)
    fail("validation failed due to running out of cost budget, no further validation rules will be run");
  else if (outcome instanceof Error) fail(`${wordsOf(outcome)} evaluating rule: ${nameOf(rule)}`);
  else if (outcome !== true) state.found.push(broken(compiled, variables, value, path));
}

function run(program: Program, variables: object): unknown {
  try {
    return program(variables);
  } catch (error) {
    return error;
  }
}

/** In the words of upstream's evaluator. */
function wordsOf({ message }: Error): string {
  const [words = ""] = message.split("\n");
  return words
    .replace(/^No such key: index out of bounds, index (-?\d+).*$/, "index out of bounds: $1")
    .replace(/^No such key/, "no such key");
}

function nameOf(rule: ValidationRule): string {
  return (rule.message || rule.rule).trim();
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
