import { z } from "zod";
import type { Rule } from "./rule.ts";

/** The subset of OpenAPI 3.0 that a CustomResourceDefinition takes. */
export interface StructuralSchema {
  type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  description?: string;
  format?: string;
  nullable?: true;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  "x-kubernetes-preserve-unknown-fields"?: true;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-validations"?: readonly Rule[];
}

type JsonSchema = Record<string, unknown>;

/** What goes into a CRD as it is. Everything else is converted, left out on purpose, or refused. */
const kept = new Set([
  "type",
  "description",
  "nullable",
  "enum",
  "minItems",
  "maxItems",
  "maxProperties",
  "minLength",
  "maxLength",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-validations",
]);

/** Defaults are the parser's: filled in by the API server they would rewrite what people stored. */
const leftOut = new Set(["default", "examples", "propertyNames", "$schema", "id"]);

const knownFormats = new Set(["int32", "int64", "date-time"]);

/**
 * The schema of what one may write, as a structural schema. Throws on what a CRD cannot say, so that it is noticed when
 * the CRD is generated and not by its users.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function toStructuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
    unrepresentable: "any",
    reused: "inline",
  });
  return convert(json as JsonSchema, "");
}

function convert(json: JsonSchema, path: string): StructuralSchema {
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(json)) {
    if (kept.has(keyword)) result[keyword] = value;
    else if (!leftOut.has(keyword)) Object.assign(result, convertKeyword(keyword, value, path));
  }
  if (json.type === undefined) result["x-kubernetes-preserve-unknown-fields"] = true;
  return result as StructuralSchema;
}

function convertKeyword(keyword: string, value: unknown, path: string): Record<string, unknown> {
  switch (keyword) {
    case "properties":
      return {
        properties: mapValues(value as JsonSchema, (child, name) => convert(child, `${path}.${name}`)),
      };
    case "items":
      return { items: convert(value as JsonSchema, `${path}[]`) };
    case "additionalProperties":
      return additionalProperties(value, path);
    case "required":
      return (value as string[]).length > 0 ? { required: value } : {};
    case "minimum":
    case "maximum":
      return Number.isSafeInteger(value) && Math.abs(value as number) === Number.MAX_SAFE_INTEGER
        ? {}
        : { [keyword]: value };
    case "format":
      return knownFormats.has(String(value)) ? { format: value } : {};
    default:
      throw new Error(`${path || "the root"}: a CRD cannot say "${keyword}"; write a rule in CEL instead.`);
  }
}

function additionalProperties(value: unknown, path: string): Record<string, unknown> {
  if (value === false) return {};
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0)
    return { additionalProperties: convert(value as JsonSchema, `${path}[*]`) };
  return { "x-kubernetes-preserve-unknown-fields": true };
}

function mapValues(object: JsonSchema, change: (value: JsonSchema, key: string) => unknown) {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, change(value as JsonSchema, key)]),
  );
}
