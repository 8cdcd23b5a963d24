import type { Fault } from "../errors.ts";
import { constraintFaults } from "../kinds/constraints/index.ts";
import type { Draft } from "../kinds/resource.ts";
import { strategies } from "../kinds/strategies.ts";
import { isEqual } from "../patch/json-patch.ts";
import { validateValue } from "../schema/validate.ts";
import type { Cluster, Target } from "./cluster.ts";
import { finalizerFaults, metadataFaults, prefixFaults } from "./metadata.ts";

/** Everything that is wrong with an object that has the right form: schema, rules, and what its kind knows. */
export function objectFaults(
  cluster: Cluster,
  target: Target,
  draft: Draft,
  before: Draft | undefined,
): Fault[] {
  const { resource, version } = target;
  const strategy = strategies.get(resource.id);
  const faults = [...metadataFaults(draft), ...prefixFaults(resource, draft)];
  if (resource.custom) {
    const found = validateValue(draft, version.schema).filter((fault) => isNew(fault, draft, before));
    const rules = version.rules;
    if (rules === undefined || !rules.any) return [...faults, ...found];
    if (found.some(({ reason }) => blocking.has(reason))) return [...faults, ...found, unchecked];
    return [...faults, ...found, ...rules.validate(draft, before)];
  }
  return unique([
    ...faults,
    ...finalizerFaults(resource, draft, before),
    ...withSchema(
      [...constraintFaults(resource.id, draft, before), ...(strategy?.validate?.(draft, cluster) ?? [])],
      builtinFaults(draft, target),
    ),
  ]);
}

/** Faults after which rules are not evaluated: their values may not be what the rules expect. */
const blocking = new Set<Fault["reason"]>([
  "FieldValueTypeInvalid",
  "FieldValueRequired",
  "FieldValueNotSupported",
  "FieldValueTooLong",
  "FieldValueTooMany",
]);

const unchecked: Fault = {
  reason: "FieldValueInvalid",
  field: "<nil>",
  message:
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};

/** What a kind knows of a field is said of it, and not that it is missing. */
function withSchema(own: readonly Fault[], bySchema: readonly Fault[]): Fault[] {
  const known = new Set(own.map(({ field }) => field));
  return [
    ...bySchema.filter(({ field, reason }) => reason !== "FieldValueRequired" || !known.has(field)),
    ...own,
  ];
}

function unique(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [`${fault.field} ${fault.message}`, fault])).values()];
}

/** A value that was already stored breaking its schema does not stop other changes. */
function isNew({ field }: Fault, draft: Draft, before: Draft | undefined): boolean {
  if (before === undefined || field === "<nil>") return true;
  const [now, then] = [readField(draft, field), readField(before, field)];
  return then === undefined || !isEqual(now, then);
}

function readField(object: unknown, field: string): unknown {
  const steps = field.split(/[.[\]]+/).filter((step) => step !== "");
  return steps.reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    object,
  );
}

/** Required fields and enumerations of a built-in kind. What its status holds is the controllers' own. */
function builtinFaults(draft: Draft, target: Target): Fault[] {
  const found = validateValue(draft, target.version.schema);
  return found.filter(
    ({ field, reason }) =>
      !/^(?:status|metadata)\b/.test(field) &&
      reason !== "FieldValueTypeInvalid" &&
      !field.includes(".x-kubernetes-validations[") &&
      (reason !== "FieldValueDuplicate" || kept.test(field)),
  );
}

/** The lists of built-in kinds that upstream lets hold no key twice; it takes the same variable or port twice. */
const kept = /^(?:spec\.ports|.*\.(?:topologySpreadConstraints|schedulingGates|resizePolicy))\[\d+\]$/;
