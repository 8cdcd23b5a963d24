import type { ASTNode } from "@marcbachmann/cel-js";
import { childSchema, itemSchema, resolve, type Schema } from "../kinds/schema.ts";
import { largestSize } from "./cel-size.ts";

/** What is known of a value before there is one. */
interface Value {
  readonly schema?: Schema | undefined;
  /** Items, entries or bytes at most. */
  readonly size?: number;
  /** Of a list that the rule makes. */
  readonly item?: Value;
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
  return estimate(
    rule,
    new Map([
      ["self", { schema }],
      ["oldSelf", { schema }],
    ]),
  ).cost;
}

function estimate(node: ASTNode, scope: Scope): Estimate {
  switch (node.op) {
    case "value":
      return { cost: 0, ...(typeof node.args === "string" ? { size: node.args.length } : {}) };
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
      const [container, index] = node.args.map((part) => estimate(part, scope)) as [Estimate, Estimate];
      return { ...entryOf(container), cost: container.cost + index.cost + 1 };
    }
    case "rcall":
      return estimateMethod(node.args, scope);
    case "call":
      return { cost: sumOf(node.args[1], scope) + 1 };
    case "list":
      return { cost: sumOf(node.args, scope) + 10, size: node.args.length };
    case "map":
      return { cost: sumOf(node.args.flat(), scope) + 30, size: node.args.length };
    case "?:": {
      const [condition, yes, no] = node.args.map((part) => estimate(part, scope).cost);
      return { cost: (condition ?? 0) + Math.max(yes ?? 0, no ?? 0) };
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

function sumOf(nodes: readonly ASTNode[], scope: Scope): number {
  return nodes.reduce((sum, node) => sum + estimate(node, scope).cost, 0);
}

/** Texts are compared and joined byte by byte, at a tenth of a step each. */
function estimateOperator(operator: string, args: readonly [ASTNode, ASTNode], scope: Scope): Estimate {
  const [left, right] = args.map((part) => estimate(part, scope)) as [Estimate, Estimate];
  const cost = left.cost + right.cost;
  if (operator === "in") return { cost: cost + (isList(right) ? sizeOf(right) : 1) };
  if (operator === "==" || operator === "!=")
    return { cost: cost + bytes(Math.min(sizeOf(left), sizeOf(right))) };
  return { cost: cost + 1 };
}

const bytes = (size: number) => Math.max(1, Math.ceil(size * 0.1));

/** What each round of a macro costs beside its body. */
const macros: Readonly<Record<string, number>> = { all: 2, exists: 4, exists_one: 3, map: 13, filter: 13 };

function estimateMethod([name, receiver, args]: [string, ASTNode, ASTNode[]], scope: Scope): Estimate {
  const target = estimate(receiver, scope);
  const [first] = args;
  const round = macros[name];
  if (round !== undefined && first?.op === "id" && args.length > 1)
    return estimateMacro(name, target, args, round, scope);
  const cost = target.cost + sumOf(args, scope);
  const argument = first === undefined ? 0 : sizeOf(estimate(first, scope));
  switch (name) {
    case "matches":
      return { cost: cost + bytes(sizeOf(target) + 1) * Math.max(1, Math.ceil(argument * 0.25)) };
    case "contains":
      return { cost: cost + bytes(sizeOf(target)) * bytes(argument) };
    case "split":
      return { cost: cost + bytes(sizeOf(target)), size: sizeOf(target) };
    default:
      return { cost: cost + 1 };
  }
}

function estimateMacro(
  name: string,
  target: Estimate,
  args: readonly ASTNode[],
  round: number,
  scope: Scope,
): Estimate {
  const [variable, ...bodies] = args;
  const inner = new Map(scope).set(String(variable?.args), isList(target) ? entryOf(target) : {});
  const results = bodies.map((body) => estimate(body, inner));
  const each = results.reduce((sum, { cost }) => sum + cost, round);
  const item = name === "filter" ? entryOf(target) : results.at(-1);
  const isMade = name === "map" || name === "filter";
  const cost = target.cost + Math.floor(sizeOf(target)) * each;
  return { cost, ...(isMade && item !== undefined ? { size: sizeOf(target), item } : {}) };
}

/** One where nothing is known. */
function sizeOf({ size, schema }: Value): number {
  return size ?? (schema === undefined ? 1 : largestSize(schema));
}

function isList({ schema, item }: Value): boolean {
  return item !== undefined || (schema !== undefined && resolve(schema).type === "array");
}

function entryOf({ schema, item }: Value): Value {
  if (item !== undefined) return item;
  const values = schema === undefined ? undefined : resolve(schema).additionalProperties;
  return { schema: itemSchema(schema) ?? (typeof values === "object" ? values : undefined) };
}
