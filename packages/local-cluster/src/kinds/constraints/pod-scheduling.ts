import { isJson, type Json } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import { type Check, type Checks, type Problem, type Rule, under } from "./rule.ts";

const { forbidden, invalid, required } = check;

const toleration: Checks = (value) => {
  const { key, operator = "Equal", value: wanted, effect, tolerationSeconds } = value as Json;
  const isForAll = operator === "Exists";
  return [
    ...check.beneath(".key", key ? check.qualified(key, {}) : undefined),
    ...(!key && !isForAll
      ? [
          invalid(
            operator,
            'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            ".operator",
          ),
        ]
      : []),
    ...(tolerationSeconds !== undefined && effect !== "NoExecute"
      ? [invalid(effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set", ".effect")]
      : []),
    ...(isForAll && wanted
      ? [invalid(wanted, "value must be empty when `operator` is 'Exists'", ".operator")]
      : []),
    ...(isForAll ? [] : check.beneath(".operator", check.labelValue(wanted ?? "", {}))),
  ];
};

const nodeRequirement: Checks = (value) => {
  const { key, operator, values } = value as Json;
  const list = Array.isArray(values) ? values : [];
  return [...valueProblems(operator, list), ...check.beneath(".key", check.givenKey(key, {}))];
};

/** Nodes are compared too; what is no operator is refused by the schema. */
function valueProblems(operator: unknown, values: readonly unknown[]): Problem[] {
  if (operator === "Gt" || operator === "Lt")
    return values.length === 1
      ? []
      : [required("must be specified single value when `operator` is 'Lt' or 'Gt'", ".values")];
  const isOfSelectors = ["In", "NotIn", "Exists", "DoesNotExist"].includes(String(operator));
  return isOfSelectors ? check.operatorProblems(operator, values, "") : [];
}

/** Only a node's name is a field to choose by. */
const nodeField: Checks = (value) => {
  const { key, operator, values } = value as Json;
  const list = Array.isArray(values) ? values : [];
  return [
    ...(operator === "In" || operator === "NotIn"
      ? list.length === 1
        ? []
        : [
            required(
              "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
              ".values",
            ),
          ]
      : [invalid(operator, "not a valid selector operator", ".operator")]),
    ...(key === "metadata.name" ? [] : [invalid(key, "not a valid field selector key", ".key")]),
  ];
};

const term: readonly Rule[] = [
  ["matchExpressions[]", nodeRequirement],
  ["matchFields[]", nodeField],
];

const weight = check.between(1, 100);
const weighed: Check = (value, parent) => {
  const problem = weight(value, parent);
  return problem && invalid(value, "must be in the range 1-100");
};

const topologyKey: Check = (value) =>
  value === "" ? required("can not be empty") : check.qualified(value, {});

const podTerm: readonly Rule[] = [
  ["labelSelector|namespaceSelector", check.selector],
  ["topologyKey", topologyKey],
];

const spreading: Checks = (value) => {
  const { labelSelector, matchLabelKeys, minDomains, whenUnsatisfiable } = value as Json;
  const keys = Array.isArray(matchLabelKeys) ? matchLabelKeys : [];
  const field = ".matchLabelKeys";
  const isLoose = minDomains !== undefined && whenUnsatisfiable !== "DoNotSchedule";
  return [
    ...(keys.length > 0 && labelSelector === undefined
      ? [forbidden("must not be specified when labelSelector is not set", field)]
      : []),
    ...keys.flatMap((key, index) => check.beneath(`${field}[${index}]`, check.givenKey(key, {}))),
    ...(isLoose
      ? [
          invalid(
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${String(whenUnsatisfiable)}`,
            ".minDomains",
          ),
        ]
      : []),
  ];
};

const preferred = "preferredDuringSchedulingIgnoredDuringExecution[]";
const mandatory = "requiredDuringSchedulingIgnoredDuringExecution";

/** What holds of where a pod may run. */
export const schedulingRules: readonly Rule[] = [
  ["nodeSelector", check.labels],
  ["nodeName", check.subdomain],
  ["tolerations[]", toleration],
  ...under("affinity.nodeAffinity", [
    [mandatory, check.has("nodeSelectorTerms", "must have at least one node selector term")],
    ...under(`${mandatory}.nodeSelectorTerms[]`, term),
    [`${mandatory}.nodeSelectorTerms[].matchExpressions[].values[]`, check.labelValue],
    [`${preferred}.weight`, weighed],
    ...under(`${preferred}.preference`, term),
  ]),
  ...under("affinity.podAffinity|podAntiAffinity", [
    ...under(`${mandatory}[]`, podTerm),
    [`${preferred}.weight`, weighed],
    ...under(`${preferred}.podAffinityTerm`, podTerm),
  ]),
  ["topologySpreadConstraints[].maxSkew", check.atLeast(1, "must be greater than zero")],
  ["topologySpreadConstraints[].minDomains", check.atLeast(1, "must be greater than zero")],
  ["topologySpreadConstraints[].topologyKey", topologyKey],
  ["topologySpreadConstraints[].nodeAffinityPolicy|nodeTaintsPolicy", check.oneOf("Honor", "Ignore")],
  ["topologySpreadConstraints[].labelSelector", check.selector],
  ["topologySpreadConstraints[]", spreading],
  ["schedulingGates[]", (value) => (isJson(value) ? check.givenKey(value.name ?? "", {}) : undefined)],
];
