import type { Environment } from "@marcbachmann/cel-js";
import { resolve, type Schema } from "../kinds/schema.ts";
import { escapeName } from "./cel-value.ts";

/**
 * Declares `self` and `oldSelf` with the types that a schema gives them, so that a rule of wrong types is found before
 * there is a value. False where no type can be told: upstream makes no rule there either.
 */
export function declareTypes(
  environment: Environment,
  schema: Schema,
  place: { readonly isRoot: boolean; readonly optionalOldSelf: boolean },
): boolean {
  const self = new Types(environment).nameOf(schema, place.isRoot);
  if (self === undefined) return false;
  environment
    .registerVariable("self", self)
    .registerVariable("oldSelf", place.optionalOldSelf ? `optional<${self}>` : self);
  return true;
}

/** Types of objects have names, given as they are met. */
class Types {
  readonly #environment: Environment;
  #count = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  nameOf(schema: Schema, isRoot = false): string | undefined {
    const node = resolve(schema);
    if (node["x-kubernetes-int-or-string"] === true) return "dyn";
    switch (node.type) {
      case "array":
        return wrapped("list<", node.items && this.nameOf(node.items));
      case "object":
        if (typeof node.additionalProperties === "object")
          return wrapped("map<string, ", this.nameOf(node.additionalProperties));
        return this.#declare(this.#fieldsOf(node, isRoot || node["x-kubernetes-embedded-resource"] === true));
      case "string":
        return textTypes[node.format ?? ""] ?? "string";
      default:
        return plainTypes[node.type ?? ""];
    }
  }

  /** Of a whole object's metadata only the names are seen. */
  #fieldsOf(node: Schema, isWhole: boolean): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      const type = isWhole && name === "metadata" ? undefined : this.nameOf(child);
      if (type !== undefined) fields[escapeName(name)] = type;
    }
    if (!isWhole) return fields;
    const metadata = this.#declare({ name: "string", generateName: "string" });
    return { ...fields, apiVersion: "string", kind: "string", metadata };
  }

  #declare(fields: Record<string, string>): string {
    const name = `Object${this.#count++}`;
    this.#environment
      .registerType(name, { fields })
      .registerOperator(`${name} == ${name}`, (one: unknown, other: unknown) => one === other);
    return name;
  }
}

const wrapped = (opening: string, type: string | undefined) => type && `${opening}${type}>`;

const plainTypes: Readonly<Record<string, string>> = { boolean: "bool", integer: "int", number: "double" };

const textTypes: Readonly<Record<string, string>> = {
  byte: "bytes",
  date: "google.protobuf.Timestamp",
  "date-time": "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};
