import type { Fault } from "../../errors.ts";
import { isJson, type Json } from "../../schema/prune.ts";

/** What is wrong with a value; `field` is where, beneath the value itself. */
export interface Problem {
  readonly reason: Fault["reason"];
  readonly message: string;
  readonly field?: string;
}

/** Looks at a value that is there, and at what holds it. */
export type Check = (value: unknown, parent: Json) => Problem | undefined;

/** Looks likewise, and may find more than one. */
export type Checks = (value: unknown, parent: Json) => readonly Problem[];

/**
 * Where a check looks: names joined by dots, `[]` for each item of a list, `a|b` for either name. A place that is not
 * there is not looked at.
 */
export type Rule = readonly [path: string, ...checks: readonly (Check | Checks)[]];

/** Every fault that the rules find in the object, in their order. */
export function ruleFaults(object: unknown, rules: readonly Rule[]): Fault[] {
  return rules.flatMap(([path, ...checks]) =>
    [...places(object, stepsOf(path), "", {})].flatMap(({ value, parent, field }) =>
      checks
        .flatMap((check) => check(value, parent) ?? [])
        .map(({ reason, message, field: below = "" }) => ({ reason, field: `${field}${below}`, message })),
    ),
  );
}

/** The rules with their paths beneath another. */
export function under(prefix: string, rules: readonly Rule[]): Rule[] {
  return rules.map(([path, ...checks]) => [path === "" ? prefix : `${prefix}.${path}`, ...checks]);
}

interface Place {
  readonly value: unknown;
  readonly parent: Json;
  readonly field: string;
}

function stepsOf(path: string): readonly string[] {
  return path === "" ? [] : path.replaceAll("[]", ".[]").split(".");
}

function* places(value: unknown, steps: readonly string[], field: string, parent: Json): Generator<Place> {
  const [step, ...rest] = steps;
  if (value === undefined || value === null) return;
  if (step === undefined) yield { value, parent, field };
  else if (step === "[]") {
    if (!Array.isArray(value)) return;
    for (const [index, item] of value.entries()) yield* places(item, rest, `${field}[${index}]`, parent);
  } else if (isJson(value)) {
    for (const name of step.split("|"))
      yield* places(value[name], rest, field === "" ? name : `${field}.${name}`, value);
  }
}
