import { type ASTNode, type Environment, EvaluationError } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";

/**
 * How long a pattern may be (seven characters can be a thousand steps: `.{1000}`), and its steps by the characters of the text:
 * about a second of work at worst.
 */
const written = { longest: 1_000, work: 50_000_000 };

/** For a pattern that is made of the record: whoever sends it need not be who wrote the filter. */
const made = { longest: 100, work: 5_000_000 };

/** What the environment gives a macro, see "Custom macros" in its README. */
interface MacroCall {
  readonly ast: ASTNode;
  readonly receiver: ASTNode;
  readonly args: readonly [ASTNode];
}

interface Type {
  readonly name: string;
  matches(other: Type): boolean;
}

interface Checker {
  check(node: ASTNode, context: unknown): Type;
  getType(name: string): Type;
}

interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}

/**
 * Lets `matches` look for patterns as RE2 does, in time in proportion to the text, which CEL promises. The library's own is
 * JavaScript's, which for some patterns takes for ever, and with it everything that this process does. A macro sees the call
 * when it is read, so that a pattern that is written out is compiled once, and refused there. Macros go by their name and go
 * before functions; only on `string` may there be no second `matches`.
 */
export function registerMatches(environment: Environment): Environment {
  return environment.registerFunction("list.matches(ast): bool", ({ ast, receiver, args }: MacroCall) => {
    const [pattern] = args;
    const known =
      pattern.op === "value" && isText(pattern.args)
        ? compile(pattern.args, written.longest, ast)
        : undefined;
    return {
      async: false,
      typeCheck(checker: Checker, _macro: unknown, context: unknown) {
        const types = [receiver, pattern].map((node) => checker.check(node, context));
        if (types.every((type) => type.matches(checker.getType("string")))) return checker.getType("bool");
        throw noOverload(types[0]?.name, types[1]?.name, ast);
      },
      evaluate(evaluator: Evaluator, _macro: unknown, context: unknown) {
        const text = evaluator.run(receiver, context);
        const sought = known === undefined ? evaluator.run(pattern, context) : pattern.args;
        if (!isText(text) || !isText(sought)) throw noOverload(typeof text, typeof sought, ast);
        if (known !== undefined) return find(known, text, written.work, ast);
        return find(compile(sought, made.longest, ast), text, made.work, ast);
      },
    };
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function compile(pattern: string, longest: number, ast: ASTNode): RE2JS {
  if (pattern.length > longest)
    throw new EvaluationError(`a pattern has ${pattern.length} characters, of ${longest} at most`, ast);
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new EvaluationError(`a pattern is none of RE2's: ${(error as Error).message}`, ast);
  }
}

function find(pattern: RE2JS, text: string, most: number, ast: ASTNode): boolean {
  if (pattern.programSize() * text.length > most)
    throw new EvaluationError(`a text of ${text.length} characters is too long for this pattern`, ast);
  return pattern.test(text);
}

function noOverload(receiver: string | undefined, pattern: string | undefined, ast: ASTNode): Error {
  return new EvaluationError(`found no matching overload for '${receiver}.matches(${pattern})'`, ast);
}
