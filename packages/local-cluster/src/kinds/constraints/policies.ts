import { isJson } from "../../schema/prune.ts";
import { parseQuantity } from "../../schema/quantity.ts";
import * as check from "./checks.ts";
import type { Check, Rule } from "./rule.ts";

const { invalid, required, unsupported } = check;
const metrics = ["ContainerResource", "External", "Object", "Pods", "Resource"];

const metric: Check = (value) => {
  if (!isJson(value) || !value.type) return undefined;
  if (!metrics.includes(String(value.type))) return unsupported(value.type, metrics, ".type");
  const source = `${String(value.type).charAt(0).toLowerCase()}${String(value.type).slice(1)}`;
  return value[source] === undefined
    ? required("must populate information for the given metric source", `.${source}`)
    : undefined;
};

const target: Check = (value) => {
  const { type, averageUtilization, averageValue } = (isJson(value) ? value : {}) as Record<string, unknown>;
  if (type !== "Utilization" && type !== "Value" && type !== "AverageValue")
    return invalid(type, "must be either Utilization, Value, or AverageValue", ".type");
  if (averageUtilization === undefined && averageValue === undefined)
    return required("must set either a target raw value or a target utilization", ".averageUtilization");
  if (typeof averageUtilization === "number" && averageUtilization < 1)
    return invalid(averageUtilization, "must be greater than 0", ".averageUtilization");
  return averageValue !== undefined && (parseQuantity(String(averageValue)) ?? 1) <= 0
    ? invalid(averageValue, "must be positive", ".averageValue")
    : undefined;
};

const scaling = "spec.behavior.scaleUp|scaleDown";
const positive = "must be greater than zero";

const isRule = (value: unknown): value is Record<string, unknown[] | undefined> => isJson(value);

const permissions: Check = (value) => {
  if (!isRule(value)) return undefined;
  const { verbs = [], apiGroups = [], resources = [], nonResourceURLs = [] } = value;
  if (verbs.length === 0) return required("verbs must contain at least one value", ".verbs");
  if (nonResourceURLs.length > 0) return undefined;
  if (apiGroups.length === 0)
    return required("resource rules must supply at least one api group", ".apiGroups");
  return resources.length === 0
    ? required("resource rules must supply at least one resource", ".resources")
    : undefined;
};

const noUrls: Check = (value) =>
  Array.isArray(value) && value.length > 0
    ? invalid(value, "namespaced rules cannot apply to non-resource URLs")
    : undefined;

const bindings = (...kinds: readonly string[]): readonly Rule[] => [
  ["roleRef.kind", check.oneOf(...kinds)],
  ["roleRef", check.has("name")],
  ["subjects[].kind", check.oneOf("ServiceAccount", "User", "Group")],
  ["subjects[]", check.has("name")],
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
  "horizontalpodautoscalers.autoscaling": [
    ["spec.metrics[]", metric],
    ["spec.metrics[].resource", check.has("name", "must specify a resource name")],
    ["spec.metrics[].resource.target", target],
    [
      `${scaling}.stabilizationWindowSeconds`,
      check.atLeast(0, "must be greater than or equal to zero"),
      check.atMost(3600),
    ],
    [`${scaling}.policies`, check.notEmpty("must specify at least one Policy")],
    [`${scaling}.policies[].type`, check.oneOf("Percent", "Pods")],
    [`${scaling}.policies[].value`, check.atLeast(1, positive)],
    [`${scaling}.policies[].periodSeconds`, check.atLeast(1, positive), check.atMost(1800)],
    [`${scaling}.selectPolicy`, check.oneOf("Disabled", "Max", "Min")],
  ],
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
  "clusterroles.rbac.authorization.k8s.io": [["rules[]", permissions]],
  "rolebindings.rbac.authorization.k8s.io": bindings("Role", "ClusterRole"),
  "clusterrolebindings.rbac.authorization.k8s.io": bindings("ClusterRole"),
  events: [["involvedObject", sameNamespace]],
};
