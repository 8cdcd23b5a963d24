import { isJson } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import { podSpecRules } from "./pods.ts";
import { type Check, type Rule, under } from "./rule.ts";

const { forbidden, invalid, required, unsupported } = check;
const templateRules: readonly Rule[] = [
  ...podSpecRules,
  ["ephemeralContainers", () => forbidden("ephemeral containers not allowed in pod template")],
];
const template = under("spec.template.spec", templateRules);

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

const sound: Check = (value, spec) =>
  check.selector(value, spec).length > 0 ? invalid(value, "invalid label selector") : undefined;

const replicated: readonly Rule[] = [
  ...template,
  ["spec.selector", check.selector, sound],
  ["spec.minReadySeconds", check.atLeast(0)],
  ["spec.template.spec.restartPolicy", check.oneOf("Always")],
  [
    "spec.template.spec.activeDeadlineSeconds",
    () => forbidden("activeDeadlineSeconds in ReplicaSet is not Supported"),
  ],
];

const job: readonly Rule[] = [
  ...under("template.spec", templateRules),
  ["selector", check.selector],
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
  "jobs.batch": [...under("spec", job), ["spec", manual]],
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
