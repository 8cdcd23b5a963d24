import type { BadField } from "./bad-field.ts";

/** Fields of namespaces, workloads, permissions and what is small that Kubernetes 1.34 refuses. */
export const others: Readonly<Record<string, readonly BadField[]>> = {
  configmaps: [
    ["metadata.generateName", "A b_!"],
    ["metadata.generation", -1],
  ],
  namespaces: [
    ["spec.finalizers", [""]],
    ["spec.finalizers[0]", "A b_!é", "spec.finalizers"],
  ],
  clusterrolebindings: [
    ["roleRef.apiGroup", "A b_!é"],
    ["roleRef.name", "../a"],
    ["subjects[0].apiGroup", "A b_!"],
    ["subjects[0].name", "A b_!é"],
    ["subjects[0].namespace", ""],
  ],
  clusterroles: [
    ["aggregationRule", {}, "aggregationRule.clusterRoleSelectors"],
    ["aggregationRule.clusterRoleSelectors", []],
    [
      "aggregationRule.clusterRoleSelectors[0].matchExpressions",
      [{ key: "a", operator: "a" }],
      "aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator",
    ],
    ["aggregationRule.clusterRoleSelectors[0].matchLabels", { "": "x" }],
    [
      "aggregationRule.clusterRoleSelectors[0].matchLabels.a",
      "A b_!é",
      "aggregationRule.clusterRoleSelectors[0].matchLabels",
    ],
    ["rules[0].nonResourceURLs", ["a"]],
    ["rules[1].apiGroups", ["a"], "rules[1].nonResourceURLs"],
    ["rules[1].resourceNames", ["a"], "rules[1].nonResourceURLs"],
    ["rules[1].resources", ["a"], "rules[1].nonResourceURLs"],
  ],
  cronjobs: [
    ["spec.jobTemplate.spec.managedBy", ""],
    [
      "spec.jobTemplate.spec.template.metadata.annotations",
      { "": "x" },
      "spec.jobTemplate.spec.template.annotations",
    ],
    ["spec.jobTemplate.spec.template.spec.ephemeralContainers", [{ name: "a" }]],
  ],
  deployments: [
    ["spec.selector.matchExpressions[0].key", "A b_!é", "spec.selector"],
    ["spec.selector.matchExpressions[0].key", "5", "spec.template.metadata.labels"],
    ["spec.selector.matchExpressions[0].values", [""], "spec.template.metadata.labels"],
    ["spec.selector.matchExpressions[0].values[0]", "5", "spec.template.metadata.labels"],
    ["spec.selector.matchExpressions[0].values[0]", "A b_!é", "spec.selector"],
    ["spec.strategy.rollingUpdate.maxSurge", ""],
    ["spec.strategy.rollingUpdate.maxUnavailable", ""],
    ["spec.template.metadata.annotations", { "": "x" }, "spec.template.annotations"],
  ],
  events: [
    ["action", ""],
    ["deprecatedCount", -1, "count"],
    ["deprecatedFirstTimestamp", "2020-01-01T00:00:00Z", "firstTimestamp"],
    ["deprecatedLastTimestamp", "2020-01-01T00:00:00Z", "lastTimestamp"],
    ["reason", ""],
    ["regarding", {}, "involvedObject.namespace"],
    ["regarding.namespace", "", "involvedObject.namespace"],
    ["reportingController", "A b_!é"],
    ["reportingInstance", ""],
    ["series.count", -1],
    ["type", "A b_!é"],
  ],
  jobs: [
    ["spec.completionMode", ""],
    ["spec.managedBy", ""],
    ["spec.podReplacementPolicy", ""],
    ["spec.template.metadata.annotations", { "": "x" }, "spec.template.annotations"],
  ],
  "manual jobs": [
    ["spec.managedBy", ""],
    ["spec.manualSelector", false, "spec.selector"],
    [
      "spec.selector.matchExpressions",
      [{ key: "a", operator: "a" }],
      "spec.selector.matchExpressions[0].operator",
    ],
  ],
  nodes: [
    ["spec.podCIDRs", ["10.9.0.0/24", "10.9.0.0/24"]],
    [
      "spec.taints",
      [
        { key: "a", value: "b", effect: "NoSchedule" },
        { key: "a", value: "b", effect: "NoSchedule" },
      ],
      "metadata.taints[1]",
    ],
    ["spec.taints[0].key", "A b_!é", "metadata.taints[0].key"],
    ["spec.taints[0].value", "A b_!é", "metadata.taints[0].value"],
  ],
  rolebindings: [
    ["roleRef.apiGroup", "A b_!é"],
    ["roleRef.name", "../a"],
    ["subjects[1].apiGroup", "A b_!é"],
    ["subjects[0].name", "A b_!é"],
  ],
};
