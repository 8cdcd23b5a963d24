import type { Fault } from "../errors.ts";
import type { Draft } from "../kinds/resource.ts";
import { strategies } from "../kinds/strategies.ts";
import { validateValue } from "../schema/validate.ts";
import type { Cluster, Target } from "./cluster.ts";
import { metadataFaults } from "./metadata.ts";

/** Everything that is wrong with an object that has the right form: schema, rules, and what its kind knows. */
export function objectFaults(
  cluster: Cluster,
  target: Target,
  draft: Draft,
  before: Draft | undefined,
): Fault[] {
  const { resource, version } = target;
  const strategy = strategies.get(resource.id);
  const faults = metadataFaults(draft);
  if (resource.custom) {
    const found = validateValue(draft, version.schema);
    const structural = found.some(
      ({ reason }) => reason === "FieldValueTypeInvalid" || reason === "FieldValueRequired",
    );
    return [...faults, ...found, ...(structural ? [] : (version.rules?.validate(draft, before) ?? []))];
  }
  return [...faults, ...builtinFaults(draft, target), ...(strategy?.validate?.(draft, cluster) ?? [])];
}

/** Required fields and enumerations of a built-in kind. What its status holds is the controllers' own. */
function builtinFaults(draft: Draft, target: Target): Fault[] {
  const found = validateValue(draft, target.version.schema);
  return found.filter(
    ({ field, reason }) => !field.startsWith("status") && reason !== "FieldValueTypeInvalid",
  );
}
