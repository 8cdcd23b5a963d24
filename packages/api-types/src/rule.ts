import { Environment, Optional } from "@marcbachmann/cel-js";
import type { z } from "zod";

/**
 * A validation rule in CEL, as `x-kubernetes-validations` has it. The API server and our parser evaluate the same text.
 * Names of fields are written as the API server wants them: `self.host__dash__name`, `self.__function__`.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export interface Rule {
  readonly rule: string;
  /** What to write instead; shown after the field's path. */
  readonly message: string;
  /** The same with values of the object in it; wins over `message`. */
  readonly messageExpression?: string;
  /** The field that is at fault, relative to the one that carries the rule: `.tls`. */
  readonly fieldPath?: string;
  readonly optionalOldSelf?: true;
}

/** Adds rules to what the schema already carries. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly Rule[]): S {
  const own = (schema.meta()?.["x-kubernetes-validations"] ?? []) as readonly Rule[];
  return schema.meta({ ...schema.meta(), "x-kubernetes-validations": [...own, ...rules] });
}

/**
 * The rule, but an object that was stored breaking it can still be changed. The API server spares unchanged fields by
 * itself (from 1.30); a rule over several fields has to say so. One rule is for new objects and one for changes: in one for
 * both the API server (seen with 1.34) does not find those fields of the stored object whose names are escaped.
 */
export function ratcheted(rule: Rule): readonly [Rule, Rule] {
  const before = rule.rule.replaceAll(/\bself\b/g, "oldSelf");
  return [onCreation(rule), { ...rule, rule: `(${rule.rule}) || !(${before})` }];
}

/** The rule for new objects only: for what never changes, like a name. */
export function onCreation(rule: Rule): Rule {
  return { ...rule, rule: `oldSelf.hasValue() || (${rule.rule})`, optionalOldSelf: true };
}

export type RuleCheck = (self: unknown) => string | undefined;

/**
 * Compiles a rule as it applies to an object that is not stored yet: gives the message when `self` breaks it. A rule that
 * asks for the stored object is then not asked.
 */
export function compileRule({ rule, message, messageExpression, optionalOldSelf }: Rule): RuleCheck {
  if (!optionalOldSelf && /\boldSelf\b/.test(rule)) return () => undefined;
  const environment = ruleEnvironment();
  const holds = environment.parse(rule);
  const explain = messageExpression === undefined ? undefined : environment.parse(messageExpression);
  return (self) => {
    const scope = { self, oldSelf: Optional.none() };
    if (holds(scope) === true) return undefined;
    return explain === undefined ? message : String(explain(scope));
  };
}

function ruleEnvironment(): Environment {
  return new Environment({ enableOptionalTypes: true })
    .registerVariable("self", "dyn")
    .registerVariable("oldSelf", "optional<dyn>")
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    );
}

/** Literals, `in` and the reserved words of CEL: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax */
const reservedWords = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A property's name as rules spell it. */
export function escapeName(name: string): string {
  if (reservedWords.has(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}
