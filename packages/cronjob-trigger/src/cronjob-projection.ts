import {
  CREATED_BY,
  type CronJobTrigger,
  cronJobTriggerResource,
  type FunctionObject,
  functionResource,
  labels,
  legacyControllers,
  legacyFinalizers,
  type Reason,
} from "@kubeless/api-types";
import {
  type Fault,
  type Inputs,
  type Live,
  type Projection,
  resources,
  watchFormerController,
} from "@kubeless/controller-kit";
import { renderChildren } from "./render/children.ts";
import { type Plan, planTrigger } from "./render/plan.ts";
import { observeTrigger } from "./status/observe.ts";

export interface CronJobProjectionOptions {
  /** Of the configuration: where a controller of Kubeless 1.0.x would run. */
  readonly namespace: string;
  /** The image of the pods that call: this package's own. */
  readonly image: string;
  readonly now: () => Date;
}

/** Makes a CronJob, and the ConfigMap of its payload, follow each CronJobTrigger. */
export function createCronJobProjection({
  namespace,
  image,
  now,
}: CronJobProjectionOptions): Projection<CronJobTrigger, Reason> {
  const created = { labelSelector: `${labels.createdBy}=${CREATED_BY}` };
  const former = watchFormerController({
    namespace,
    labels: legacyControllers.labels,
    container: legacyControllers.containers.CronJobTrigger,
  });

  const plan = (object: Live<CronJobTrigger>, inputs: Inputs): Plan | Fault<Reason> =>
    planTrigger(object, findFunction(object, inputs));

  return {
    name: "cronjobtrigger",
    resource: { ...cronJobTriggerResource, namespaced: true },
    children: [
      { resource: resources.cronJobs, ...created },
      { resource: resources.configMaps, ...created, metadataOnly: true },
    ],
    reads: [
      { resource: { ...functionResource, namespaced: true } },
      { resource: resources.jobs, labelSelector: labels.trigger },
      { resource: resources.pods, labelSelector: labels.trigger },
      former.watched,
    ],
    takeOver: { managers: ["cronjob-trigger-controller", "cronjob-controller"], blocked: former.blocked },
    formerFinalizers: [legacyFinalizers.CronJobTrigger],

    inputs: (object) => [
      { apiVersion: functionResource.apiVersion, kind: functionResource.kind, ...functionOf(object) },
      { apiVersion: "batch/v1", kind: "Job", ...runsOf(object) },
      { apiVersion: "v1", kind: "Pod", ...runsOf(object) },
      former.reference,
    ],

    render(object, inputs, children) {
      const planned = plan(object, inputs);
      if (isFault(planned)) return mayRun(object, inputs) ? planned : { objects: [] };
      return renderChildren(planned, image, children, inputs.list(resources.jobs, runsOf(object)));
    },

    observe(object, children, inputs, outcome) {
      const planned = plan(object, inputs);
      return observeTrigger({
        object,
        plan: isFault(planned) ? undefined : planned,
        misunderstanding: isFault(planned) ? planned : outcome.fault,
        children,
        jobs: inputs.list(resources.jobs, runsOf(object)),
        pods: inputs.list(resources.pods, runsOf(object)),
        outcome,
        now: now(),
      });
    },
  };
}

/** A trigger that became bad keeps its CronJob, unless that would start runs which no trigger may start. */
function mayRun(object: Live<CronJobTrigger>, inputs: Inputs): boolean {
  return object.spec.suspend !== true && findFunction(object, inputs) !== undefined;
}

function findFunction(object: Live<CronJobTrigger>, inputs: Inputs) {
  return inputs.get<FunctionObject>({ ...functionResource, namespaced: true }, functionOf(object));
}

function isFault(planned: Plan | Fault<Reason>): planned is Fault<Reason> {
  return "fault" in planned;
}

function functionOf({ metadata, spec }: Live<CronJobTrigger>) {
  return { namespace: metadata.namespace, name: spec["function-name"] };
}

function runsOf({ metadata }: Live<CronJobTrigger>) {
  return { namespace: metadata.namespace, labels: { [labels.trigger]: metadata.name } };
}
