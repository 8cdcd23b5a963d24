import type { Fault } from "../../errors.ts";
import { networkRules } from "./network.ts";
import { policyRules } from "./policies.ts";
import { type Rule, ruleFaults } from "./rule.ts";
import { workloadRules } from "./workloads.ts";

const rules: Readonly<Record<string, readonly Rule[]>> = {
  ...workloadRules,
  ...networkRules,
  ...policyRules,
};

/**
 * What an object of a built-in kind breaks beyond its schema, as upstream's validation of each kind says it. What it
 * broke before, it may go on breaking: objects that an earlier version stored can still be changed.
 */
export function constraintFaults(resource: string, object: unknown, before: unknown): Fault[] {
  const own = rules[resource] ?? [];
  const faults = ruleFaults(object, own);
  if (before === undefined || faults.length === 0) return faults;
  const known = new Set(ruleFaults(before, own).map(({ field, message }) => `${field} ${message}`));
  return faults.filter(({ field, message }) => !known.has(`${field} ${message}`));
}
