import type { Fault } from "../../errors.ts";
import { isEqual } from "../../patch/json-patch.ts";
import { required, wrong } from "../../pipeline/metadata.ts";
import { isJson, type Json } from "../../schema/prune.ts";
import type { Draft } from "../resource.ts";
import type { Strategy } from "../strategy.ts";
import { jobFaults } from "./job-limits.ts";
import { templateFaults } from "./pods.ts";
import { scheduleFaults } from "./schedule.ts";

interface WorkloadSpec extends Json {
  selector?: Json;
  template?: Json;
  replicas?: number;
}

export const deploymentStrategy: Strategy = {
  validate: (draft) => workloadFaults(specOf(draft)),
  validateUpdate: (draft, before) => fixed(specOf(draft), specOf(before), ["selector"]),
};

export const replicaSetStrategy: Strategy = {
  prepareCreate: (draft) => {
    draft.status = { replicas: 0 };
  },
  validate: (draft) => workloadFaults(specOf(draft)),
  validateUpdate: (draft, before) => fixed(specOf(draft), specOf(before), ["selector"]),
};

const controllerUid = "batch.kubernetes.io/controller-uid";

export const jobStrategy: Strategy = {
  prepareCreate: (draft) => {
    const spec = specOf(draft);
    const template = spec.template ?? {};
    spec.template = template;
    const metadata = (isJson(template.metadata) ? template.metadata : {}) as {
      labels?: Record<string, string>;
    };
    template.metadata = metadata;
    if (spec.manualSelector === true) return;
    spec.manualSelector = false;
    const { uid, name } = draft.metadata;
    metadata.labels = {
      ...metadata.labels,
      [controllerUid]: uid,
      "batch.kubernetes.io/job-name": name,
      "controller-uid": uid,
      "job-name": name,
    };
    const given = spec.selector as { matchLabels?: Json } | undefined;
    spec.selector = { ...given, matchLabels: { ...given?.matchLabels, [controllerUid]: uid } };
    if (Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...metadata.labels };
  },
  validate: (draft) => [
    ...jobFaults(specOf(draft), "spec"),
    ...selectorFaults(draft),
    ...templateFaults(specOf(draft).template, "spec.template"),
    ...restartFaults(specOf(draft).template, "spec.template"),
  ],
  validateUpdate: (draft, before) => {
    const [spec, old] = [specOf(draft), specOf(before)];
    const isElastic = spec.completionMode === "Indexed" && spec.completions === spec.parallelism;
    const fields = ["selector", "completionMode", "managedBy"];
    if (!isElastic) fields.push("completions");
    return [
      ...fixed(spec, old, fields),
      ...(isEqual(settled(spec, old), settled(old, old)) ? [] : fixed(spec, old, ["template"])),
    ];
  },
};

/** What of a job's template may not change: while it is suspended, where its pods run still may. */
function settled({ template }: WorkloadSpec, { suspend }: WorkloadSpec): unknown {
  if (suspend !== true) return template;
  const { metadata, spec } = (template ?? {}) as { metadata?: Json; spec?: Json };
  const { labels: _labels, annotations: _annotations, ...restOfMetadata } = metadata ?? {};
  const { nodeSelector: _n, tolerations: _t, affinity: _a, schedulingGates: _g, ...restOfSpec } = spec ?? {};
  return { ...template, metadata: restOfMetadata, spec: restOfSpec };
}

/** A job's own selector is for those who ask for that. */
function selectorFaults(draft: Draft): Fault[] {
  const { manualSelector, selector } = specOf(draft);
  const own = { matchLabels: { [controllerUid]: draft.metadata.uid } };
  if (manualSelector === true || isEqual(selector, own)) return [];
  return [wrong("spec.selector", selector, "`selector` not auto-generated")];
}

export const cronJobStrategy: Strategy = {
  validate: (draft) => {
    const spec = specOf(draft) as WorkloadSpec & {
      schedule?: string;
      timeZone?: string;
      jobTemplate?: { spec?: WorkloadSpec };
    };
    return [
      ...scheduleFaults(spec.schedule ?? ""),
      ...zoneFaults(spec.timeZone),
      ...jobFaults(spec.jobTemplate?.spec ?? {}, "spec.jobTemplate.spec"),
      ...templateFaults(spec.jobTemplate?.spec?.template, "spec.jobTemplate.spec.template"),
      ...restartFaults(spec.jobTemplate?.spec?.template, "spec.jobTemplate.spec.template"),
    ];
  },
};

function specOf(draft: Draft): WorkloadSpec {
  return draft.spec as WorkloadSpec;
}

function workloadFaults(spec: WorkloadSpec): Fault[] {
  const faults: Fault[] = [];
  const selector = spec.selector;
  if (selector === undefined) return [];
  if (Object.keys(selector).length === 0)
    faults.push(wrong("spec.selector", {}, "empty selector is invalid for deployment"));
  if ((spec.replicas ?? 0) < 0)
    faults.push(wrong("spec.replicas", spec.replicas, "must be greater than or equal to 0"));
  return [...faults, ...templateFaults(spec.template, "spec.template")];
}

function fixed(spec: WorkloadSpec, before: WorkloadSpec, fields: readonly string[]): Fault[] {
  return fields
    .filter((field) => !isEqual(spec[field], before[field]))
    .map((field) => ({
      reason: "FieldValueInvalid",
      field: `spec.${field}`,
      message: `Invalid value: ${JSON.stringify(spec[field])}: field is immutable`,
    }));
}

function restartFaults(template: Json | undefined, path: string): Fault[] {
  const policy = (template?.spec as { restartPolicy?: string } | undefined)?.restartPolicy;
  if (policy === "OnFailure" || policy === "Never") return [];
  const field = `${path}.spec.restartPolicy`;
  if (!policy) return [required(field, 'valid values: "OnFailure", "Never"')];
  const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: "OnFailure", "Never"`;
  return [{ reason: "FieldValueNotSupported", field, message }];
}

function zoneFaults(zone: string | undefined): Fault[] {
  if (zone === undefined) return [];
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    if (zone.split("/").some((part) => /^[^A-Z]/.test(part)) && zone !== "local") throw new RangeError(zone);
    return zone.toLowerCase() === "local"
      ? [
          wrong(
            "spec.timeZone",
            zone,
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
          ),
        ]
      : [];
  } catch {
    return [wrong("spec.timeZone", zone, `unknown time zone ${zone}`)];
  }
}
