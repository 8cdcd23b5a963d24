import { isJson } from "../../schema/prune.ts";
import { autoscalerRules } from "./autoscalers.ts";
import * as check from "./checks.ts";
import { newEventRules } from "./events.ts";
import { nodeRules } from "./nodes.ts";
import type { Check, Checks, Rule } from "./rule.ts";

const { invalid, required, unsupported } = check;
const isRule = (value: unknown): value is Record<string, unknown[] | undefined> => isJson(value);

const permissions: Checks = (value) => {
  if (!isRule(value)) return [];
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = value;
  const missing = verbs.length === 0 ? [required("verbs must contain at least one value", ".verbs")] : [];
  if (nonResourceURLs.length > 0) {
    const mixed = apiGroups.length + resources.length + resourceNames.length > 0;
    const words = "rules cannot apply to both regular resources and non-resource URLs";
    return [...missing, ...(mixed ? [invalid(nonResourceURLs, words, ".nonResourceURLs")] : [])];
  }
  if (apiGroups.length === 0)
    missing.push(required("resource rules must supply at least one api group", ".apiGroups"));
  if (resources.length === 0)
    missing.push(required("resource rules must supply at least one resource", ".resources"));
  return missing;
};

const subject =
  (isClusterWide: boolean): Checks =>
  (value) => {
    const { kind, name = "", namespace, apiGroup = "" } = value as Record<string, string | undefined>;
    const known = ["ServiceAccount", "User", "Group"];
    const group = kind === "ServiceAccount" ? "" : "rbac.authorization.k8s.io";
    const isAccount = kind === "ServiceAccount";
    const isKnown = known.includes(kind ?? "");
    return [
      ...(name === "" ? [required(undefined, ".name")] : []),
      ...(isAccount ? check.beneath(".name", check.subdomain(name, {})) : []),
      ...(isKnown && apiGroup !== group ? [unsupported(apiGroup, [group], ".apiGroup")] : []),
      ...(isClusterWide && isAccount && !namespace ? [required(undefined, ".namespace")] : []),
      ...(isKnown ? [] : [unsupported(kind ?? "", known, ".kind")]),
    ];
  };

const aggregated: Check = check.has(
  "clusterRoleSelectors",
  "at least one clusterRoleSelector required if aggregationRule is non-nil",
);

const noUrls: Check = (value) =>
  Array.isArray(value) && value.length > 0
    ? invalid(value, "namespaced rules cannot apply to non-resource URLs")
    : undefined;

const bindings = (isClusterWide: boolean, ...kinds: readonly string[]): readonly Rule[] => [
  ["roleRef.apiGroup", check.oneOf("rbac.authorization.k8s.io")],
  ["roleRef.kind", check.oneOf(...kinds)],
  ["roleRef", check.has("name")],
  ["roleRef.name", check.pathSegment],
  ["subjects[]", subject(isClusterWide)],
];

const sameNamespace: Check = (value, event) => {
  const { namespace = "" } = (isJson(value) ? value : {}) as { namespace?: string };
  const own = (event.metadata as { namespace?: string } | undefined)?.namespace;
  return namespace === own || (namespace === "" && own === "default")
    ? undefined
    : invalid(namespace, "does not match event.namespace", ".namespace");
};

/** By resource, what holds of policies, permissions and what is small beyond their schemas. */
export const policyRules: Readonly<Record<string, readonly Rule[]>> = {
  "horizontalpodautoscalers.autoscaling": autoscalerRules,
  "poddisruptionbudgets.policy": [
    ["spec.minAvailable|maxUnavailable", check.countOrShare()],
    ["spec.selector", check.selector],
  ],
  "leases.coordination.k8s.io": [
    ["spec.leaseDurationSeconds", check.atLeast(1, "must be greater than 0")],
    ["spec.leaseTransitions", check.atLeast(0)],
  ],
  "roles.rbac.authorization.k8s.io": [
    ["rules[]", permissions],
    ["rules[].nonResourceURLs", noUrls],
  ],
  "clusterroles.rbac.authorization.k8s.io": [
    ["rules[]", permissions],
    ["aggregationRule", aggregated],
    ["aggregationRule.clusterRoleSelectors[]", check.selector],
  ],
  "rolebindings.rbac.authorization.k8s.io": bindings(false, "Role", "ClusterRole"),
  "clusterrolebindings.rbac.authorization.k8s.io": bindings(true, "ClusterRole"),
  events: [["involvedObject", sameNamespace]],
  "events.events.k8s.io": newEventRules,
  nodes: nodeRules,
};
