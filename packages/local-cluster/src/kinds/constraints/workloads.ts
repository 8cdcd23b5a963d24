import type { LabelSelector } from "../../api/cluster-api.ts";
import { isJson } from "../../schema/prune.ts";
import { labelMatcher } from "../../store/selectors.ts";
import * as check from "./checks.ts";
import { podSpecRules } from "./pods.ts";
import { type Check, type Checks, type Rule, under } from "./rule.ts";

const { forbidden, invalid, required, unsupported } = check;
const templateRules: readonly Rule[] = [
  ...podSpecRules,
  ["ephemeralContainers", () => forbidden("ephemeral containers not allowed in pod template")],
];
const template = under("spec.template.spec", templateRules);

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

const rolling: Check = (strategy) =>
  isJson(strategy) && strategy.type === "Recreate" && strategy.rollingUpdate !== undefined
    ? forbidden("may not be specified when strategy `type` is 'Recreate'", ".rollingUpdate")
    : undefined;

const isNone = (count: unknown) =>
  count === 0 || (typeof count === "string" && Number.parseInt(count, 10) === 0);

const moves: Check = (value) =>
  isJson(value) && isNone(value.maxSurge) && isNone(value.maxUnavailable)
    ? invalid(value.maxUnavailable, "may not be 0 when `maxSurge` is 0", ".maxUnavailable")
    : undefined;

const deadline: Check = (value, spec) =>
  typeof value === "number" && value <= Number(spec.minReadySeconds ?? 0)
    ? invalid(value, "must be greater than minReadySeconds")
    : undefined;

/** Of a spec: that its selector is one, and finds the pods that its template makes. */
const selecting =
  (...whole: readonly string[]): Checks =>
  (spec) => {
    const { selector, template } = spec as { selector?: LabelSelector; template?: PodTemplate };
    const problems = check.selector(selector, {});
    if (problems.length > 0) {
      const of = whole.map((words) => invalid(selector, words));
      return [...problems, ...of].map((one) => ({ ...one, field: `.selector${one.field ?? ""}` }));
    }
    const labels = template?.metadata?.labels;
    if (!isJson(selector) || labelMatcher(selector)(labels)) return [];
    const words = "`selector` does not match template `labels`";
    return [invalid(labels ?? {}, words, ".template.metadata.labels")];
  };

const replicated: readonly Rule[] = [
  ...template,
  ["spec", selecting("invalid label selector")],
  ["spec.minReadySeconds", check.atLeast(0)],
  ["spec.template.spec.restartPolicy", check.oneOf("Always")],
  [
    "spec.template.spec.activeDeadlineSeconds",
    () => forbidden("activeDeadlineSeconds in ReplicaSet is not Supported"),
  ],
];

const job: readonly Rule[] = [
  ...under("template.spec", templateRules),
  ["managedBy", check.notEmpty(), check.domainPath],
];

const manual: Check = (spec) =>
  isJson(spec) && spec.manualSelector === true && spec.selector === undefined
    ? required(undefined, ".selector")
    : undefined;

const gated: Check = (_value, { schedulingGates }) =>
  Array.isArray(schedulingGates) && schedulingGates.length > 0
    ? forbidden("cannot be set until all schedulingGates have been cleared")
    : undefined;

/** By resource, what holds of workloads beyond their schemas. */
export const workloadRules: Readonly<Record<string, readonly Rule[]>> = {
  pods: [
    ...under("spec", podSpecRules),
    ["spec.ephemeralContainers", () => forbidden("cannot be set on create")],
    ["spec.nodeName", gated],
  ],
  "replicasets.apps": replicated,
  "deployments.apps": [
    ...replicated,
    ["spec.revisionHistoryLimit", check.atLeast(0)],
    ["spec.progressDeadlineSeconds", deadline],
    ["spec.strategy", rolling],
    ["spec.strategy.rollingUpdate", moves],
    ["spec.strategy.rollingUpdate.maxSurge", check.countOrShare({ over100: true })],
    ["spec.strategy.rollingUpdate.maxUnavailable", check.countOrShare()],
  ],
  "jobs.batch": [...under("spec", job), ["spec", manual, selecting()]],
  "cronjobs.batch": [
    ...under("spec.jobTemplate.spec", job),
    ["metadata.name", longName],
    ["spec.startingDeadlineSeconds|successfulJobsHistoryLimit|failedJobsHistoryLimit", check.atLeast(0)],
    ["spec.jobTemplate.spec.selector", (value) => invalid(value, "`selector` will be auto-generated")],
    [
      "spec.jobTemplate.spec.manualSelector",
      (value) => (value === true ? unsupported(value, ["nil", "false"]) : undefined),
    ],
  ],
};

/** Eleven more are added for its jobs. */
function longName(name: unknown) {
  return String(name).length > 52 ? invalid(name, "must be no more than 52 characters") : undefined;
}
