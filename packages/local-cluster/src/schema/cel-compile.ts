import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import type { Fault } from "../errors.ts";
import type { Schema, ValidationRule } from "../kinds/schema.ts";
import { Budget } from "./cel-budget.ts";
import { estimateCost } from "./cel-cost.ts";
import { celEnvironment } from "./cel-environment.ts";
import { Meter, metered, visit } from "./cel-meter.ts";
import { ruleTextFaults } from "./cel-text.ts";
import { declareTypes } from "./cel-types.ts";

export type Program = ((variables: object) => unknown) & { readonly ast: ASTNode };

export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly run: Program;
  readonly message: Program | undefined;
  readonly usesOld: boolean;
}

/** A place in a schema that rules may stand at. */
export interface Place {
  readonly schema: Schema;
  /** Where that is, for faults. */
  readonly path: string;
  /** How often one object can have it; Infinity where nothing limits that. */
  readonly occurs: number;
  /** The list above whose items cannot be told from each other over time. */
  readonly uncorrelated?: string | undefined;
  readonly isRoot?: boolean;
}

/** Compiles the rules of one schema, and keeps what is wrong with them. */
export class RuleCompiler {
  readonly faults: Fault[] = [];
  readonly meter = new Meter();
  readonly #budget = new Budget();
  readonly #environments = new Map<boolean, Environment>();

  /** Undefined for a rule that cannot be run; that is a fault. */
  compile(rule: ValidationRule, place: Place, index: number): CompiledRule | undefined {
    const path = `${place.path}.x-kubernetes-validations[${index}]`;
    const text = ruleTextFaults(rule, place.schema, path);
    this.faults.push(...text);
    if (text.some(({ field }) => field === `${path}.rule`)) return undefined;
    const { messageExpression } = rule;
    const run = this.#expression("rule", rule.rule, rule, place, path);
    const message =
      messageExpression === undefined || messageExpression.trim() === ""
        ? undefined
        : this.#expression("messageExpression", messageExpression, rule, place, path);
    if (run === undefined) return undefined;
    const usesOld = mentions(run.ast, "oldSelf");
    if (usesOld && place.uncorrelated !== undefined) {
      const words = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`;
      this.#refuse(`${path}.rule`, JSON.stringify(rule.rule), words);
    }
    if (!usesOld && rule.optionalOldSelf === true)
      this.#refuse(`${path}.optionalOldSelf`, "true", "may not be set if oldSelf is not used in rule");
    return { rule, run, message, usesOld };
  }

  /** What all rules together are at fault for. */
  finish(path: string): void {
    this.faults.push(...this.#budget.total(path));
  }

  #expression(
    what: "rule" | "messageExpression",
    text: string,
    rule: ValidationRule,
    place: Place,
    path: string,
  ): Program | undefined {
    const field = `${path}.${what}`;
    const prefix = what === "rule" ? "" : "messageExpression ";
    const refuse = (words: string) => this.#refuse(field, shownRule(rule), words);
    try {
      const optional = rule.optionalOldSelf === true;
      const { ast } = parse(this.#environment(optional), text);
      const type = checkTypes(text, place, optional);
      if (what === "rule" && type !== "bool" && type !== "dyn")
        refuse("cel expression must evaluate to a bool");
      else if (what === "messageExpression" && type !== "string" && type !== "dyn")
        refuse("messageExpression must evaluate to a string");
      else this.faults.push(...this.#budget.add(what, estimateCost(ast, place.schema), place, field));
      return parse(this.#environment(optional), metered(text, ast));
    } catch (error) {
      const words = wordsOf(error);
      const step = words.startsWith("error parsing regexp: ") ? "program instantiation" : "compilation";
      refuse(`${prefix}${step} failed: ${words}`);
      return undefined;
    }
  }

  #environment(optionalOldSelf: boolean): Environment {
    const known = this.#environments.get(optionalOldSelf);
    if (known !== undefined) return known;
    const environment = celEnvironment()
      .registerVariable("self", "dyn")
      .registerVariable("oldSelf", optionalOldSelf ? "optional<dyn>" : "dyn");
    this.meter.register(environment);
    this.#environments.set(optionalOldSelf, environment);
    return environment;
  }

  #refuse(field: string, value: string, words: string): void {
    this.faults.push({ reason: "FieldValueInvalid", field, message: `Invalid value: ${value}: ${words}` });
  }
}

/** Throws what is wrong with the expression. */
function parse(environment: Environment, text: string): Program {
  const program = environment.parse(text);
  const checked = program.check();
  if (!checked.valid) throw checked.error;
  visit(program.ast, refuseCall);
  return program as unknown as Program;
}

/** What the evaluator knows beyond Kubernetes. */
function refuseCall(node: ASTNode): void {
  if (node.op !== "rcall") return;
  const [name, receiver] = node.args;
  if (name === "bind" && receiver.op === "id" && receiver.args === "cel")
    throw new Error("undeclared reference to 'cel'");
}

/** The type of an expression; throws where the schema's types do not go together. What `has` asks for must exist, too. */
function checkTypes(text: string, { schema, isRoot = false }: Place, optionalOldSelf: boolean): string {
  const environment = celEnvironment().registerFunction("has__(dyn): bool", () => true);
  if (!declareTypes(environment, schema, { isRoot, optionalOldSelf }))
    throw new Error("the schema has no type here");
  const checked = environment.check(text.replace(/(?<![\w.])has\s*\(/g, "has__("));
  if (!checked.valid) throw checked.error;
  return String(checked.type);
}

function mentions(rule: ASTNode, variable: string): boolean {
  let found = false;
  visit(rule, (node) => {
    if (node.op === "id" && node.args === variable) found = true;
  });
  return found;
}

function wordsOf(error: unknown): string {
  const words = String((error as Error | undefined)?.message ?? error).split("\n")[0] ?? "";
  return words.replace(/^No such key: (.*)$/, "undefined field '$1'");
}

/** A rule as the API server prints it. */
function shownRule(rule: ValidationRule): string {
  const shown = JSON.stringify({
    Rule: rule.rule,
    Message: rule.message ?? "",
    MessageExpression: rule.messageExpression ?? "",
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? "",
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  });
  return shown.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}
