import { z } from "zod";
import { API_VERSION } from "./names.ts";
import type { Resource } from "./resource.ts";

/** JSON Schema (draft 2020-12) of a kind, for editors: with defaults and examples, and unknown fields marked. */
export function renderJsonSchema({ kind, description, spec }: Resource): Record<string, unknown> {
  const { $schema, ...specSchema } = z.toJSONSchema(spec, {
    io: "input",
    unrepresentable: "any",
    reused: "inline",
  });
  return {
    $schema,
    $id: `https://kubeless.io/schemas/${API_VERSION}/${kind.toLowerCase()}.json`,
    title: kind,
    description,
    type: "object",
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: {
      apiVersion: { const: API_VERSION },
      kind: { const: kind },
      metadata: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string", maxLength: 253 } },
      },
      spec: forEditors(specSchema),
      status: { type: "object", description: "Written by the controller." },
    },
  };
}

/** Leaves out what only an API server reads; a field that nobody declared is a typing mistake. */
function forEditors(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forEditors);
  if (typeof value !== "object" || value === null) return value;
  const { "x-kubernetes-validations": _rules, ...schema } = value as Record<string, unknown>;
  const converted = Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => keyword !== "nullable" && !keyword.startsWith("x-kubernetes-"))
      .map(([keyword, inner]) => [keyword, forEditors(inner)]),
  );
  const isClosed = schema.properties !== undefined && schema.additionalProperties === undefined;
  return isClosed ? { ...converted, additionalProperties: false } : converted;
}
