import type { ASTNode } from "@marcbachmann/cel-js";
import { childSchema, itemSchema, resolve, type Schema } from "../kinds/schema.ts";
import { methodCost } from "./cel-method-cost.ts";
import { largestSize } from "./cel-size.ts";

/** What is known of a value before there is one. */
export interface Value {
  readonly schema?: Schema | undefined;
  /** Items, entries or bytes at most; none where nothing is known. */
  readonly size?: number;
  /** Of a list that the rule makes. */
  readonly item?: Value;
  /** Whether it is a text that the rule makes. */
  readonly isText?: boolean;
}

interface Estimate extends Value {
  readonly cost: number;
}

type Scope = ReadonlyMap<string, Value>;

/**
 * How much work a rule is at most, for values as large as its schema lets them be: counted as kube-apiserver counts it
 * (https://kubernetes.io/docs/reference/using-api/cel/#cel-resource-constraints), and less where that is not known here,
 * so that nothing is refused that a real one takes.
 */
export function estimateCost(rule: ASTNode, schema: Schema): number {
  const variables = ["self", "oldSelf"].map((name) => [name, { schema }] as const);
  return estimate(rule, new Map(variables)).cost;
}

function estimate(node: ASTNode, scope: Scope): Estimate {
  switch (node.op) {
    case "value":
      return typeof node.args === "string"
        ? { cost: 0, size: [...node.args].length, isText: true }
        : { cost: 0 };
    case "id":
      return { cost: 1, ...scope.get(node.args) };
    case ".":
    case ".?": {
      const [object, field] = node.args;
      const { cost, schema } = estimate(object, scope);
      return { cost: cost + 1, schema: childSchema(schema, field) };
    }
    case "[]":
    case "[?]": {
      const [container, index] = both(node.args, scope);
      return { ...entryOf(container), cost: container.cost + index.cost + 1 };
    }
    case "rcall":
      return estimateMethod(node.args, scope);
    case "call":
      return estimateCall(node.args, scope);
    case "list":
      return { cost: sumOf(node.args, scope) + 10, size: node.args.length, item: {} };
    case "map":
      return { cost: sumOf(node.args.flat(), scope) + 30, size: node.args.length };
    case "?:": {
      const [condition, yes, no] = node.args;
      const [one, other] = both([yes, no], scope);
      const larger = sizeOf(one) >= sizeOf(other) ? one : other;
      return { ...larger, cost: estimate(condition, scope).cost + Math.max(one.cost, other.cost) };
    }
    case "!_":
    case "-_":
      return { cost: estimate(node.args, scope).cost + 1 };
    case "&&":
    case "||":
      return { cost: sumOf(node.args, scope) };
    default:
      return estimateOperator(node.op, node.args, scope);
  }
}

function both([left, right]: readonly [ASTNode, ASTNode], scope: Scope): readonly [Estimate, Estimate] {
  return [estimate(left, scope), estimate(right, scope)];
}

function sumOf(nodes: readonly ASTNode[], scope: Scope): number {
  return nodes.reduce((sum, node) => sum + estimate(node, scope).cost, 0);
}

/** `has(a.b)` costs what `a` does; nobody knows how long a text is that is made of something else. */
function estimateCall([name, args]: [string, ASTNode[]], scope: Scope): Estimate {
  const [first] = args;
  if (name === "has" && first?.op === ".") return { cost: estimate(first.args[0], scope).cost };
  const cost = sumOf(args, scope) + 1;
  return name === "string" ? { cost, size: Infinity, isText: true } : { cost };
}

/** Texts are compared and joined byte by byte, at a tenth of a step each. */
function estimateOperator(operator: string, args: readonly [ASTNode, ASTNode], scope: Scope): Estimate {
  const [left, right] = both(args, scope);
  const cost = left.cost + right.cost;
  const smaller = tenth(Math.min(sizeOf(left), sizeOf(right)));
  const areTexts = isText(left) || isText(right);
  switch (operator) {
    case "in":
      return { cost: cost + (isList(right) ? sizeOf(right) : 1) };
    case "==":
    case "!=":
      return { cost: cost + smaller };
    case "+": {
      const size = sizeOf(left) + sizeOf(right);
      if (areTexts) return { cost: cost + tenth(size), size, isText: true };
      return isList(left) ? { cost: cost + 1, size, item: entryOf(left) } : { cost: cost + 1 };
    }
    default:
      return { cost: cost + (areTexts ? smaller : 1) };
  }
}

const tenth = (size: number) => Math.ceil(size / 10);

/** What each round of a macro costs beside its body, and what its end does. */
export const macros: Readonly<Record<string, { readonly round: number; readonly end: number }>> = {
  all: { round: 3, end: 1 },
  exists: { round: 4, end: 1 },
  exists_one: { round: 2, end: 2 },
  map: { round: 12, end: 11 },
  filter: { round: 13, end: 11 },
};

function estimateMethod([name, receiver, args]: [string, ASTNode, ASTNode[]], scope: Scope): Estimate {
  const target = estimate(receiver, scope);
  if (args.length > 1 && Object.hasOwn(macros, name)) return estimateMacro(name, target, args, scope);
  const given = args.map((arg) => estimate(arg, scope));
  const sizes = { target: sizeOf(target), item: sizeOf(entryOf(target)), argument: sizeOf(given[0] ?? {}) };
  const own = methodCost(name, isList(target), sizes);
  return { ...own, cost: given.reduce((sum, { cost }) => sum + cost, target.cost + own.cost) };
}

function estimateMacro(name: string, target: Estimate, args: readonly ASTNode[], scope: Scope): Estimate {
  const [variable, ...bodies] = args;
  const { round = 0, end = 0 } = macros[name] ?? {};
  const inner = new Map(scope).set(String(variable?.args), isList(target) ? entryOf(target) : {});
  const results = bodies.map((body) => estimate(body, inner));
  const each = results.reduce((sum, { cost }) => sum + cost, round);
  const item = name === "filter" ? entryOf(target) : results.at(-1);
  const isMade = name === "map" || name === "filter";
  const cost = target.cost + sizeOf(target) * each + end;
  return { cost, ...(isMade && item !== undefined ? { size: sizeOf(target), item } : {}) };
}

function sizeOf({ size, schema }: Value): number {
  return size ?? (schema === undefined ? 0 : largestSize(schema));
}

function isList({ schema, item }: Value): boolean {
  return item !== undefined || (schema !== undefined && resolve(schema).type === "array");
}

function isText({ schema, isText }: Value): boolean {
  return isText === true || (schema !== undefined && resolve(schema).type === "string");
}

function entryOf({ schema, item }: Value): Value {
  if (item !== undefined) return item;
  const values = schema === undefined ? undefined : resolve(schema).additionalProperties;
  return { schema: itemSchema(schema) ?? (typeof values === "object" ? values : undefined) };
}
