import type { StructuralSchema } from "./structural-schema.ts";

/**
 * The value without the nulls that the API server drops: those of declared fields that are not nullable. Copies what it
 * changes. Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
 */
export function withoutNulls(value: unknown, schema: StructuralSchema): unknown {
  const { properties = {}, additionalProperties, items } = schema;
  if (Array.isArray(value))
    return items === undefined ? value : value.map((item) => withoutNulls(item, items));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const field = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      if (field === undefined) return [[name, inner]];
      if (inner === null) return field.nullable === true ? [[name, null]] : [];
      return [[name, withoutNulls(inner, field)]];
    }),
  );
}
