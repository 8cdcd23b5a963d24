import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import type { RE2JS } from "re2js";
import { compilePattern } from "./pattern.ts";

type Search = (pattern: RE2JS, text: string) => unknown;

/** What rules look for patterns with, by the type of what it gives. */
const searches: readonly (readonly [name: string, type: string, search: Search])[] = [
  ["matches", "bool", (pattern, text) => pattern.test(text)],
  ["find", "string", (pattern, text) => pattern.exec(text)?.[0] ?? ""],
  ["findAll", "list<string>", (pattern, text) => [...pattern.matchAll(text)].map(([found]) => found)],
];

/** What the environment gives a macro, see "Custom macros" in its README. */
interface MacroCall {
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
 * Lets rules look for patterns as the API server does, in place of the evaluator's own `matches`, which is JavaScript's. As macros
 * they see a pattern that is written out when the rule is read: it is compiled once, or refused. Macros go by their name and go
 * before functions; only on `string` may there be no second `matches`.
 */
export function registerSearches(environment: Environment): Environment {
  for (const [name, type, search] of searches)
    environment.registerFunction(`list.${name}(ast): ${type}`, ({ receiver, args }: MacroCall) => {
      const [pattern] = args;
      const written = typeof pattern.args === "string" && pattern.op === "value" ? pattern.args : undefined;
      const compiled = written === undefined ? undefined : compileWritten(written, name);
      return {
        async: false,
        typeCheck(checker: Checker, _macro: unknown, context: unknown) {
          const types = [receiver, pattern].map((node) => checker.check(node, context));
          if (types.every((one) => one.matches(checker.getType("string")))) return checker.getType(type);
          throw noOverload(name, types[0]?.name, types[1]?.name);
        },
        evaluate(evaluator: Evaluator, _macro: unknown, context: unknown) {
          const text = evaluator.run(receiver, context);
          const sought = written ?? evaluator.run(pattern, context);
          if (typeof text !== "string" || typeof sought !== "string")
            throw noOverload(name, typeof text, typeof sought);
          return search(compiled ?? compilePattern(sought), text);
        },
      };
    });
  return environment;
}

/** `matches` is looked at with the types, the others when the rule is made ready, which says what is wrong. */
function compileWritten(pattern: string, name: string): RE2JS {
  try {
    return compilePattern(pattern);
  } catch (error) {
    throw name === "matches" ? new Error("invalid matches argument") : error;
  }
}

function noOverload(name: string, receiver: string | undefined, pattern: string | undefined): Error {
  return new Error(`found no matching overload for '${receiver}.${name}(${pattern})'`);
}
