import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { macros } from "./cel-cost.ts";

/** What one run of a rule may cost. */
const runLimit = 1_000_000;

const spent = "spent__";

/**
 * Counts what rules cost while they run: the rounds of their macros, each as what it costs at least, so that nothing is
 * cut short that a real API server lets run to its end.
 */
export class Meter {
  /** Of the run that is on, or was last. */
  cost = 0;

  get isOver(): boolean {
    return this.cost > runLimit;
  }

  /** Makes known what `metered` writes into rules. */
  register(environment: Environment): void {
    environment.registerFunction(`${spent}(int, dyn): dyn`, (cost: bigint, result: unknown) => {
      this.cost += Number(cost);
      return result;
    });
  }
}

/** The rule's text, with the bodies of its macros telling the meter of each round. */
export function metered(text: string, rule: ASTNode): string {
  const marks: { readonly at: number; readonly write: string }[] = [];
  visit(rule, (node) => {
    if (!isMacro(node)) return;
    const body = node.args[2].at(-1);
    if (body === undefined) return;
    const cost = leastRound(node.args[0]) + leastCost(body);
    marks.push({ at: body.end, write: ")" }, { at: body.start, write: `${spent}(${cost}, ` });
  });
  return marks
    .sort((one, other) => other.at - one.at)
    .reduce((written, { at, write }) => written.slice(0, at) + write + written.slice(at), text);
}

type Macro = Extract<ASTNode, { op: "rcall" }>;

function isMacro(node: ASTNode): node is Macro {
  return node.op === "rcall" && Object.hasOwn(macros, node.args[0]) && node.args[2].length > 1;
}

/** A filter that keeps nothing only reads what it has. */
function leastRound(macro: string): number {
  return macro === "filter" || macro === "exists_one" ? 1 : (macros[macro]?.round ?? 0);
}

/** Without what may not be evaluated, and what the values decide. */
function leastCost(node: ASTNode): number {
  switch (node.op) {
    case "id":
      return 1;
    case ".":
      return leastCost(node.args[0]) + 1;
    case "&&":
    case "||":
    case "?:":
      return leastCost(node.args[0]);
    case "rcall":
      return leastCost(node.args[1]);
    case "list":
      return isMade(node) ? sumOf(node.args, 10) : 0;
    case "map":
      return isMade(node) ? sumOf(node.args.flat(), 30) : 0;
    case "!_":
    case "-_":
      return leastCost(node.args) + 1;
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "in":
      return leastCost(node.args[0]) + leastCost(node.args[1]);
    default:
      return 0;
  }
}

function sumOf(nodes: readonly ASTNode[], first: number): number {
  return nodes.reduce((sum, node) => sum + leastCost(node), first);
}

/** Whether a list or map is made in each round: of constants alone, it is made only once. */
function isMade(node: ASTNode): boolean {
  return childrenOf(node).some((child) => child.op !== "value");
}

/** Calls back for a node and all below it. */
export function visit(node: ASTNode, see: (node: ASTNode) => void): void {
  see(node);
  for (const child of childrenOf(node)) visit(child, see);
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return node.args;
  }
}
