import { keyword, resolve, type Schema } from "../kinds/schema.ts";

/** What a request's body may hold; a value without a limit of its own is taken to be as large as fits. */
const largestBytes = 3 * 1024 * 1024 - 2;

/** How many items, entries or bytes a value of this schema has at most; none where it has no such parts. */
export function largestSize(schema: Schema): number {
  const node = resolve(schema);
  switch (node.type) {
    case "array":
      return keyword(schema, "maxItems") ?? Math.floor(largestBytes / (smallestBytes(node.items) + 1));
    case "object": {
      const values = typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
      if (values === undefined) return 0;
      return keyword(schema, "maxProperties") ?? Math.floor(largestBytes / (smallestBytes(values) + 6));
    }
    case "string":
      return largestText(schema);
    default:
      return 0;
  }
}

function largestText(schema: Schema): number {
  const values = keyword(schema, "enum");
  if (values !== undefined) return Math.max(...values.map((value) => Buffer.byteLength(String(value))));
  const length = keyword(schema, "maxLength");
  if (length !== undefined) return length * 4;
  return formatBytes[keyword(schema, "format") ?? ""] ?? largestBytes;
}

const formatBytes: Readonly<Record<string, number>> = { date: 10, "date-time": 27, duration: 32 };

/** How often a value of this schema can be in one request. */
export function largestCount(schema: Schema): number {
  return Math.floor(largestBytes / (smallestBytes(schema) + 1));
}

/** The shortest JSON of a value of this schema. */
function smallestBytes(schema: Schema | undefined): number {
  if (schema === undefined) return 1;
  const node = resolve(schema);
  switch (node.type) {
    case "object":
      return (node.required ?? []).reduce(
        (sum, name) => sum + name.length + 4 + smallestBytes(node.properties?.[name]),
        2,
      );
    case "array":
    case "string":
      return 2;
    case "boolean":
      return 4;
    default:
      return 1;
  }
}
