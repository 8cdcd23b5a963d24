import type { Fault } from "../errors.ts";
import { forbidden, invalid, required, unsupported } from "../kinds/constraints/checks.ts";
import type { Problem } from "../kinds/constraints/rule.ts";
import type { Schema } from "../kinds/schema.ts";
import { compilePattern } from "../schema/pattern.ts";
import { isJson, prune } from "../schema/prune.ts";
import { validateValue } from "../schema/validate.ts";

const types = ["array", "boolean", "integer", "number", "object", "string"];
const unserved = [
  "dependencies",
  "patternProperties",
  "additionalItems",
  "id",
  "definitions",
  "$ref",
] as const;

/** What one node of a definition's schema says that apiextensions does not take. */
export function keywordFaults(schema: Schema, path: string): Fault[] {
  return problemsOf(schema).map(({ reason, message, field = "" }) => ({
    reason,
    message,
    field: `${path}${field}`,
  }));
}

function problemsOf(schema: Schema): Problem[] {
  const problems: (Problem | undefined)[] = [
    schema.type === undefined || types.includes(schema.type)
      ? undefined
      : unsupported(schema.type, types, ".type"),
    ...unserved
      .filter((keyword) => (schema as Record<string, unknown>)[keyword] !== undefined)
      .map((keyword) => forbidden(`${keyword} is not supported`, `.${keyword}`)),
    patternProblem(schema),
    listProblem(schema),
    mapProblem(schema),
    openProblem(schema),
    embeddedProblem(schema),
  ];
  return [...problems.filter((problem) => problem !== undefined), ...defaultProblems(schema)];
}

function patternProblem({ pattern }: Schema): Problem | undefined {
  if (pattern === undefined) return undefined;
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    const words = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
    return invalid(pattern, words, ".pattern");
  }
}

function listProblem(schema: Schema): Problem | undefined {
  const type = schema["x-kubernetes-list-type"];
  if (type === undefined) return undefined;
  if (!["atomic", "set", "map"].includes(type))
    return unsupported(type, ["atomic", "set", "map"], ".x-kubernetes-list-type");
  const items = schema.items;
  if (type !== "set" || items?.type !== "object") return undefined;
  const map = items["x-kubernetes-map-type"];
  return map === "atomic"
    ? undefined
    : invalid(
        map ?? null,
        "must be atomic as item of a list with x-kubernetes-list-type=set",
        ".items.x-kubernetes-map-type",
      );
}

function mapProblem(schema: Schema): Problem | undefined {
  const type = schema["x-kubernetes-map-type"];
  if (type === undefined) return undefined;
  if (!["atomic", "granular"].includes(type))
    return unsupported(type, ["atomic", "granular"], ".x-kubernetes-map-type");
  return schema.type === "object"
    ? undefined
    : invalid(schema.type ?? "", "must be object if x-kubernetes-map-type is specified", ".type");
}

function openProblem(schema: Schema): Problem | undefined {
  const field = ".x-kubernetes-preserve-unknown-fields";
  if (
    schema["x-kubernetes-int-or-string"] === true &&
    schema["x-kubernetes-preserve-unknown-fields"] === true
  )
    return invalid(true, "must be false if x-kubernetes-int-or-string is true", field);
  return schema["x-kubernetes-preserve-unknown-fields"] === false
    ? invalid(false, "must be true or undefined", field)
    : undefined;
}

function embeddedProblem(schema: Schema): Problem | undefined {
  const isClosed =
    schema["x-kubernetes-embedded-resource"] === true &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true;
  return isClosed && Object.keys(schema.properties ?? {}).length === 0
    ? required(
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
        ".properties",
      )
    : undefined;
}

/** A default is a value of its schema, and has no other fields. */
function defaultProblems(schema: Schema): Problem[] {
  const value = schema.default;
  if (value === undefined || value === null) return [];
  if (isJson(value) && prune(structuredClone(value), { ...schema, default: undefined }).length > 0)
    return [invalid(value, "must not have unknown fields", ".default")];
  return validateValue(value, schema).map(({ reason, message, field }) => ({
    reason,
    message,
    field: `.default${field === "" || field === "<nil>" ? "" : `.${field}`}`,
  }));
}
