import type { Fault } from "../errors.ts";
import type { BuiltinSchemas } from "../kinds/builtin-schemas.ts";
import { ruleFaults as constraintFaults } from "../kinds/constraints/rule.ts";
import type { Schema } from "../kinds/schema.ts";
import { denied, required, wrong } from "../pipeline/metadata.ts";
import { type Definition, type DefinitionVersion, ruleFaults, schemaPath } from "./definition.ts";
import { definitionRules, versionRules } from "./names.ts";
import { keywordFaults } from "./schema-faults.ts";
import { subresourceFaults } from "./version-faults.ts";

/** What apiextensions/v1 asks of a definition, structural schemas included. */
export function definitionFaults(definition: Definition, schemas: BuiltinSchemas): Fault[] {
  const { spec, metadata } = definition;
  const faults = constraintFaults(definition, definitionRules);
  const name = `${spec.names.plural}.${spec.group}`;
  if (metadata.name !== name)
    faults.push(wrong("metadata.name", metadata.name, `must be spec.names.plural+"."+spec.group`));
  if (spec.group === "") faults.push(required("spec.group"));
  else if (!spec.group.includes("."))
    faults.push(wrong("spec.group", spec.group, "should be a domain with at least one dot"));
  if (spec.conversion?.strategy === "Webhook") {
    faults.push(
      denied(
        "spec.conversion.strategy",
        "conversion webhooks are not supported by this local cluster; serve versions of one schema with strategy None",
      ),
    );
  }
  if (spec.preserveUnknownFields === true)
    faults.push(
      wrong("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema"),
    );
  if (spec.versions.filter(({ storage }) => storage).length !== 1) {
    faults.push(
      wrong(
        "spec.versions",
        spec.versions.length === 0 ? null : spec.versions.map((version) => version.name),
        "must have exactly one version marked as storage version",
      ),
    );
  }
  const names = spec.versions.map((version) => version.name);
  if (new Set(names).size < names.length)
    faults.push(wrong("spec.versions", names, "must contain unique version names"));
  spec.versions.forEach((version, index) => {
    const path = `spec.versions[${index}]`;
    const at = spec.versions.length === 1 ? "spec" : path;
    for (const fault of constraintFaults(version, versionRules))
      faults.push({ ...fault, field: `${at}.${fault.field.replace(/jsonPath$/, "JSONPath")}` });
    faults.push(...versionFaults(version, path, at, schemaPath(definition, index)));
  });
  return faults.length > 0 ? faults : ruleFaults(definition, schemas);
}

function versionFaults(version: DefinitionVersion, path: string, where: string, at: string): Fault[] {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) return [required(`${path}.schema.openAPIV3Schema`, "schemas are required")];
  const faults: Fault[] = [];
  if (schema.type !== "object")
    faults.push(wrong(`${at}.type`, schema.type ?? "", 'must be "object" at the root'));
  faults.push(...rootFaults(schema, at), ...subresourceFaults(version, schema, where, at));
  structural(schema, at, faults, true);
  return faults;
}

/** What every object has is not described anew. */
function rootFaults(schema: Schema, at: string): Fault[] {
  const faults = (["apiVersion", "kind"] as const).flatMap((name) => {
    const type = schema.properties?.[name]?.type;
    return type === undefined || type === "string"
      ? []
      : [wrong(`${at}.properties[${name}].type`, type, "must be string")];
  });
  const metadata = Object.keys(schema.properties?.metadata?.properties ?? {});
  if (metadata.every((name) => name === "name" || name === "generateName")) return faults;
  const words =
    "must not specify anything other than name and generateName, but metadata is implicitly specified";
  return [...faults, denied(`${at}.properties[metadata]`, words)];
}

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
function structural(schema: Schema, path: string, faults: Fault[], isRoot: boolean): void {
  const open =
    schema["x-kubernetes-int-or-string"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (schema.type === undefined && !open)
    faults.push(required(`${path}.type`, "must not be empty for specified object fields"));
  if (
    schema.properties !== undefined &&
    schema.additionalProperties !== undefined &&
    schema.additionalProperties !== false
  ) {
    faults.push(denied(`${path}.additionalProperties`, "must not be used together with properties"));
  }
  if (schema.uniqueItems === true)
    faults.push(
      denied(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  if (schema.additionalProperties === false)
    faults.push(denied(`${path}.additionalProperties`, "additionalProperties cannot be set to false"));
  if (schema.type === "array" && schema.items === undefined)
    faults.push(required(`${path}.items`, "must be specified"));
  if (schema["x-kubernetes-embedded-resource"] === true && schema.type !== "object")
    faults.push(
      wrong(`${path}.type`, schema.type ?? "", "must be object if x-kubernetes-embedded-resource is true"),
    );
  listFaults(schema, path, faults);
  faults.push(...keywordFaults(schema, path));
  for (const logic of ["allOf", "anyOf", "oneOf"] as const) {
    schema[logic]?.forEach((branch, index) => {
      branchFaults(
        branch,
        schema,
        `${path}.${logic}[${index}]`,
        faults,
        schema["x-kubernetes-int-or-string"] === true,
      );
    });
  }
  if (schema.not !== undefined) branchFaults(schema.not, schema, `${path}.not`, faults, false);
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (isRoot && name === "metadata") continue;
    structural(child, `${path}.properties[${name}]`, faults, false);
  }
  if (schema.items !== undefined) structural(schema.items, `${path}.items`, faults, false);
  if (typeof schema.additionalProperties === "object")
    structural(schema.additionalProperties, `${path}.additionalProperties`, faults, false);
}

function listFaults(schema: Schema, path: string, faults: Fault[]): void {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema["x-kubernetes-list-type"] !== "map") {
    if (keys !== undefined)
      faults.push(
        wrong(
          `${path}.x-kubernetes-list-map-keys`,
          keys,
          "must not be set if x-kubernetes-list-type is not map",
        ),
      );
    return;
  }
  if (keys === undefined || keys.length === 0) {
    faults.push(
      required(`${path}.x-kubernetes-list-map-keys`, "must not be empty if x-kubernetes-list-type is map"),
    );
    return;
  }
  if (new Set(keys).size < keys.length)
    faults.push(wrong(`${path}.x-kubernetes-list-map-keys`, keys, "must not contain duplicate entries"));
  for (const key of keys) {
    const field = schema.items?.properties?.[key];
    if (field === undefined)
      faults.push(
        wrong(`${path}.x-kubernetes-list-map-keys`, key, "entries must all be names of item properties"),
      );
    else if (field.default === undefined && schema.items?.required?.includes(key) !== true) {
      faults.push(
        required(
          `${path}.items.properties[${key}].default`,
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ),
      );
    }
  }
}

const forbiddenInBranch = [
  "type",
  "description",
  "default",
  "nullable",
  "additionalProperties",
  "x-kubernetes-validations",
] as const;

function branchFaults(
  branch: Schema,
  parent: Schema,
  path: string,
  faults: Fault[],
  intOrString: boolean,
): void {
  for (const field of forbiddenInBranch) {
    if (branch[field] === undefined || (field === "type" && intOrString)) continue;
    faults.push(denied(`${path}.${field}`, "must be empty to be structural"));
  }
  for (const [name, child] of Object.entries(branch.properties ?? {})) {
    const own = parent.properties?.[name];
    if (own === undefined && parent.additionalProperties === undefined) {
      faults.push(required(pathOutside(path, name), `because it is defined in ${path}.properties[${name}]`));
    } else if (own !== undefined) branchFaults(child, own, `${path}.properties[${name}]`, faults, false);
  }
}

function pathOutside(path: string, name: string): string {
  return `${path.replace(/\.(?:allOf|anyOf|oneOf)\[\d+\].*$|\.not.*$/, "")}.properties[${name}]`;
}
