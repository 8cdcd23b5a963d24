import { isJson, type Json } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import type { Check, Checks, Rule } from "./rule.ts";

/** Upstream names the taints so. */
const taints: Checks = (value) => {
  const { spec } = value as Json;
  const list = isJson(spec) && Array.isArray(spec.taints) ? (spec.taints as readonly Json[]) : [];
  const pairs = list.map(({ key, effect }) => `${String(key)} ${String(effect)}`);
  return list.flatMap(({ key, value: text, effect }, index) => {
    const field = `metadata.taints[${index}]`;
    return [
      ...check.beneath(`${field}.key`, check.givenKey(key ?? "", {})),
      ...check.beneath(`${field}.value`, check.labelValue(text ?? "", {})),
      ...(pairs.indexOf(pairs[index] ?? "") === index
        ? []
        : [check.duplicate({ key, value: text, effect }, field)]),
    ];
  });
};

const ranges: Check = (value) => {
  const list = Array.isArray(value) ? value : [];
  return list.length > 1 &&
    list.every((range) => String(range).includes(".") === String(list[0]).includes("."))
    ? check.invalid(value, "may specify no more than one CIDR for each IP family")
    : undefined;
};

/** What holds of a Node beyond its schema. */
export const nodeRules: readonly Rule[] = [
  ["", taints],
  ["spec.podCIDRs", ranges],
  ["spec.podCIDRs[]", check.cidr],
];
