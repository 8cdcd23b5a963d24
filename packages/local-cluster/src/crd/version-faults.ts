import type { Fault } from "../errors.ts";
import * as check from "../kinds/constraints/checks.ts";
import { childSchema, type Schema } from "../kinds/schema.ts";
import { denied, wrong } from "../pipeline/metadata.ts";
import type { DefinitionVersion } from "./definition.ts";

/** Keywords that the root of a schema may not have beside the status subresource. */
const notAtRoot = [
  "$ref",
  "allOf",
  "anyOf",
  "default",
  "definitions",
  "dependencies",
  "enum",
  "maxProperties",
  "minProperties",
  "not",
  "nullable",
  "oneOf",
  "patternProperties",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
] as const;

/** What a version says of its subresources and of the fields to select by that its schema does not bear out. */
export function subresourceFaults(
  version: DefinitionVersion,
  schema: Schema,
  at: string,
  schemaPath: string,
): Fault[] {
  return [
    ...statusFaults(version, schema, schemaPath),
    ...selectableFaults(version, schema, `${at}.selectableFields`),
  ];
}

function statusFaults({ subresources }: DefinitionVersion, schema: Schema, path: string): Fault[] {
  const root = schema as Record<string, unknown>;
  const faults: Fault[] = [];
  if (root.nullable === true) faults.push(denied(`${path}.nullable`, "nullable cannot be true at the root"));
  if (subresources?.status === undefined) return faults;
  const found = notAtRoot.filter((keyword) => root[keyword] !== undefined && root[keyword] !== false);
  if (found.length > 0)
    faults.push(
      wrong(
        path,
        "object",
        `${found.join(", ")} may not stand at the root of the schema if the status subresource is enabled`,
      ),
    );
  return faults;
}

function selectableFaults(
  { selectableFields = [] }: DefinitionVersion,
  schema: Schema,
  path: string,
): Fault[] {
  const paths = selectableFields.map(({ jsonPath }) => jsonPath);
  return paths.flatMap((jsonPath, index) => {
    const field = `${path}[${index}].jsonPath`;
    const problem = !jsonPath
      ? check.required()
      : paths.indexOf(jsonPath) !== index
        ? check.duplicate(jsonPath)
        : pathProblem(jsonPath, schema);
    return problem === undefined ? [] : [{ ...problem, field }];
  });
}

function pathProblem(jsonPath: string, schema: Schema) {
  if (!/^[.[]/.test(jsonPath))
    return check.invalid(jsonPath, `is an invalid path: expected [ or . but got: ${jsonPath}`);
  const steps = [...jsonPath.matchAll(/\.([^.[]+)|\['([^']+)'\]/g)].map(
    ([, name, quoted]) => name ?? quoted ?? "",
  );
  const found = steps.reduce<Schema | undefined>((node, step) => childSchema(node, step), schema);
  if (found === undefined || steps.join("").length === 0 || steps[0] === "metadata")
    return check.invalid(jsonPath, "is an invalid path: does not refer to a valid field");
  return ["boolean", "integer", "string"].includes(found.type ?? "")
    ? undefined
    : check.invalid(jsonPath, "must point to a field of type string, boolean or integer");
}
