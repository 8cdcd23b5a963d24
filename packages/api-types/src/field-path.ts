import type { StructuralSchema } from "./structural-schema.ts";

/** `spec.ports[0].port`, `spec.matchLabels[a/b]`, as the API server writes paths. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

/** The schema of the field at a path; undefined below what is not declared. */
export function schemaAt(
  schema: StructuralSchema,
  path: readonly PropertyKey[],
): StructuralSchema | undefined {
  let current: StructuralSchema | undefined = schema;
  for (const step of path) {
    if (current === undefined) return undefined;
    current =
      typeof step === "number"
        ? current.items
        : (current.properties?.[String(step)] ?? current.additionalProperties);
  }
  return current;
}
