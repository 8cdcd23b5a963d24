/** A node of a structural OpenAPI v3 schema; built-in kinds and custom ones are described in the same terms. */
export interface Schema {
  /** Only in built-in schemas: the shared type that describes this place. */
  $ref?: Schema;
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  nullable?: boolean;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: "atomic" | "granular";
  "x-kubernetes-patch-strategy"?: string;
  "x-kubernetes-patch-merge-key"?: string;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-validations"?: ValidationRule[];
}

export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** The node that really describes this place. */
export function resolve(schema: Schema): Schema {
  return schema.$ref ?? schema;
}

/** The schema of a field, of a map's values; undefined when nothing is known of it. */
export function childSchema(schema: Schema | undefined, field: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const node = resolve(schema);
  const own = node.properties?.[field];
  if (own !== undefined) return own;
  return typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
}

export function itemSchema(schema: Schema | undefined): Schema | undefined {
  return schema === undefined ? undefined : resolve(schema).items;
}

/** Reads a keyword at the place itself first, then at the type it refers to. */
export function keyword<Key extends keyof Schema>(
  schema: Schema | undefined,
  key: Key,
): Schema[Key] | undefined {
  if (schema === undefined) return undefined;
  return schema[key] ?? schema.$ref?.[key];
}
