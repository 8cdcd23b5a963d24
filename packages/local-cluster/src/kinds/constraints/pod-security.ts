import type { Json } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import { relative } from "./pod-volumes.ts";
import type { Check, Checks, Rule } from "./rule.ts";

const { invalid, required } = check;

export const userId = check.between(0, 2_147_483_647);

/** A profile that lies on the node is named, and no other one is. */
export const profile =
  (what: string): Check =>
  (value) => {
    const { type, localhostProfile } = value as Json;
    if (type === "Localhost" && !localhostProfile)
      return required(`must be set when ${what} type is Localhost`, ".localhostProfile");
    if (type !== "Localhost" && localhostProfile !== undefined)
      return invalid(value, `can only be set when ${what} type is Localhost`, ".localhostProfile");
    const [problem] = check.beneath(
      ".localhostProfile",
      localhostProfile ? relative(localhostProfile, {}) : undefined,
    );
    return problem;
  };

const sysctls: Checks = (value) => {
  const list = Array.isArray(value) ? value : [];
  const names = list.map(({ name = "" }) => name);
  const known = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
  return names.flatMap((name, index) => {
    const field = `[${index}].name`;
    if (name === "") return [required(undefined, field)];
    if (name.length > 253 || !known.test(name))
      return [
        invalid(
          name,
          "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
          field,
        ),
      ];
    return names.indexOf(name) === index ? [] : [check.duplicate(name, field)];
  });
};

/** What holds of a pod's own security context. */
export const securityRules: readonly Rule[] = [
  ["runAsUser|runAsGroup|fsGroup", userId],
  ["supplementalGroups[]", userId],
  ["seccompProfile", profile("seccomp")],
  ["appArmorProfile", profile("AppArmor")],
  ["fsGroupChangePolicy", check.oneOf("Always", "OnRootMismatch")],
  ["seLinuxChangePolicy", check.oneOf("Recursive")],
  ["supplementalGroupsPolicy", check.oneOf("Merge", "Strict")],
  ["sysctls", sysctls],
];
