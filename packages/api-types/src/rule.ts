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
 * itself (from 1.30); a rule over several fields has to say so. The stored value is bound by a list of one, because
 * `has()` takes fields of names only.
 *
 * On the stored value the API server (seen with 1.34) does not find fields whose names are escaped. A rule over such
 * fields gives `was`: how `stored` shows by its other fields that the fault is not new.
 * @throws Error when it does not
 */
export function ratcheted(rule: Rule, was?: string): Rule {
  if (was === undefined && rule.rule.includes("__"))
    throw new Error(`Say by what other fields one sees that this was so before: ${rule.rule}`);
  const before = was ?? `!(${rule.rule.replaceAll(/\bself\b/g, "stored")})`;
  return {
    ...rule,
    rule: `(${rule.rule}) || (oldSelf.hasValue() && [oldSelf.value()].all(stored, ${before}))`,
    optionalOldSelf: true,
  };
}

/** The rule for new objects only: for what never changes, like a name. */
export function onCreation(rule: Rule): Rule {
  return { ...rule, rule: `oldSelf.hasValue() || (${rule.rule})`, optionalOldSelf: true };
}

export type RuleCheck = (self: unknown) => string | undefined;

/** Compiles a rule as it applies to an object that is not stored yet: gives the message when `self` breaks it. */
export function compileRule({ rule, message, messageExpression }: Rule): RuleCheck {
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

const reservedWords = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return".split(
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
