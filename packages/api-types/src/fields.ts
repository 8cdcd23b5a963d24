import { z } from "zod";
import { type Rule, withRules } from "./rule.ts";

const MAX_INT32 = 2 ** 31 - 1;

interface TextOptions {
  readonly rules?: readonly Rule[];
  /** In characters, as the API server counts: code points. */
  readonly maxLength?: number;
  readonly examples?: readonly string[];
}

/** A string that has to be there. */
export function requiredText(description: string, options: TextOptions = {}) {
  return plainText(options).meta({ description, ...exampleMeta(options) });
}

/** A string of ours that may be absent. */
export function optionalText(description: string, options: TextOptions = {}) {
  return plainText(options)
    .optional()
    .meta({ description, ...exampleMeta(options) });
}

/** A string that Kubeless 1.0.x writes always, empty when unset; absent and null mean the same. */
export function oldText(description: string, options: TextOptions & { readonly default?: string } = {}) {
  return plainText(options)
    .nullish()
    .transform((value) => value || (options.default ?? ""))
    .meta({ description, ...exampleMeta(options) });
}

/** Strings by keys of the user's. */
export function textMap({ maxLength, maxProperties }: { maxLength: number; maxProperties: number }) {
  return z
    .record(z.string(), plainText({ maxLength }))
    .refine((map) => Object.keys(map).length <= maxProperties, {
      message: `write at most ${maxProperties} of them`,
    })
    .meta({ maxProperties });
}

/** A flag that Kubeless 1.0.x writes always; absent and null are false. */
export function oldFlag(description: string) {
  return z
    .boolean()
    .nullish()
    .transform((value) => value ?? false)
    .meta({ description });
}

/** A whole number between two bounds that belong to it; int32, as in Kubernetes' own kinds. */
export function wholeNumber(description: string, minimum: number, maximum = MAX_INT32) {
  return z.int().min(minimum).max(maximum).meta({ description, format: "int32" });
}

/**
 * An object that we pass on to Kubernetes: everything in it is kept and only what our rules look at is declared, nullable,
 * because Kubeless 1.0.x stored nulls and empty values all over.
 */
export function passedOn<Shape extends z.ZodRawShape>(description: string, declared: Shape) {
  return z.looseObject(declared).meta({ description });
}

/** A string without a description of its own: an item, a label's value. */
export function plainText({ rules = [], maxLength = 1024 }: TextOptions) {
  const schema = z
    .string()
    .refine((text) => text.length <= maxLength || [...text].length <= maxLength, {
      message: `write at most ${maxLength} characters`,
    })
    .meta({ maxLength });
  return rules.length === 0 ? schema : withRules(schema, ...rules);
}

function exampleMeta({ examples }: TextOptions) {
  return examples === undefined ? {} : { examples: [...examples] };
}
