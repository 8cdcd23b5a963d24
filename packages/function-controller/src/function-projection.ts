import {
  CREATED_BY,
  type FunctionObject,
  functionResource,
  labels,
  legacyControllers,
  legacyFinalizers,
  type Reason,
} from "@kubeless/api-types";
import {
  type Inputs,
  type Live,
  type LiveChild,
  type ObjectReference,
  type Projection,
  resources,
  toKey,
  type Wire,
  watchFormerController,
} from "@kubeless/controller-kit";
import type { V1Deployment } from "@kubernetes/client-node";
import type { FunctionConfig } from "./config/function-config.ts";
import type { ConfigReader } from "./config/read-config.ts";
import { planAutoscaler } from "./render/autoscaler.ts";
import { renderChildren } from "./render/children.ts";
import { type Fault, isFault } from "./render/fault.ts";
import { type Plan, planFunction } from "./render/plan.ts";
import { hashPlatform, platformOf } from "./render/platform.ts";
import { createRolloutGate } from "./rollout-gate.ts";
import { observeFunction } from "./status/observe.ts";
import type { Pod } from "./status/pod-problem.ts";
import { readRollout } from "./status/rollout.ts";

export interface FunctionProjectionOptions {
  /** Where the configuration is; its namespace is also where a controller of Kubeless 1.0.x would run. */
  readonly config: { readonly namespace: string; readonly name: string };
  /** Understands the configuration's data; see {@link createConfigReader}. */
  readonly readConfig: ConfigReader;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** Functions that a change of the catalogue reaches at a time. */
const PLATFORM_ROLLOUTS = 10;

/** A function that was not heard of for so long while it rolled out was deleted. */
const FORGOTTEN_AFTER_MS = 60_000;

/** How often a function that rolls out by our doing, or waits to, is looked at again. */
const ROLLOUT_POLL_MS = 5_000;

/** Makes a revision, a Service, a Deployment and an autoscaler follow each Function. */
export function createFunctionProjection(
  options: FunctionProjectionOptions,
): Projection<FunctionObject, Reason> {
  const { now = Date.now } = options;
  const gate = createRolloutGate({ places: PLATFORM_ROLLOUTS, forgottenAfterMs: FORGOTTEN_AFTER_MS, now });
  const created = { labelSelector: `${labels.createdBy}=${CREATED_BY}` };
  const former = watchFormerController({
    namespace: options.config.namespace,
    labels: legacyControllers.labels,
    container: legacyControllers.containers.Function,
  });

  const planned = new WeakMap<Live<FunctionObject>, { config: FunctionConfig | Fault; plan: Plan | Fault }>();

  /** Rendering and observing one state of a Function understand it once. */
  function plan(object: Live<FunctionObject>, inputs: Inputs): Plan | Fault {
    const config = options.readConfig(inputs.get(resources.configMaps, options.config)?.data);
    const known = planned.get(object);
    if (known?.config === config) return known.plan;
    const made = isFault(config) ? config : planFunction(object, config);
    planned.set(object, { config, plan: made });
    return made;
  }

  return {
    name: "function",
    resource: { ...functionResource, namespaced: true },
    children: [
      { resource: resources.configMaps, metadataOnly: true, ...created },
      { resource: resources.services, ...created },
      { resource: resources.deployments, ...created },
      { resource: resources.horizontalPodAutoscalers, ...created },
    ],
    reads: [
      { resource: resources.pods, ...created },
      { resource: resources.replicaSets, metadataOnly: true, ...created },
      {
        resource: resources.configMaps,
        namespace: options.config.namespace,
        fieldSelector: `metadata.name=${options.config.name}`,
      },
      former.watched,
    ],
    takeOver: {
      managers: ["kubeless-function-controller", "function-controller"],
      blocked: former.blocked,
    },
    formerFinalizers: [legacyFinalizers.Function],

    inputs: ({ metadata: { namespace, name } }): ObjectReference[] => [
      { apiVersion: "v1", kind: "ConfigMap", ...options.config },
      former.reference,
      { apiVersion: "v1", kind: "Pod", namespace, labels: ofFunction(name) },
      { apiVersion: "apps/v1", kind: "ReplicaSet", namespace, labels: ofFunction(name) },
    ],

    render(object, inputs, children) {
      const current = plan(object, inputs);
      if (isFault(current)) return current;
      const key = toKey(object.metadata);
      const deployment = findDeployment(children, current.name);
      const pods = podsOf(inputs, object);
      const rollout = readRollout(
        deployment as Partial<Wire<V1Deployment>> | undefined,
        pods,
        current.revision,
        now(),
      );
      if (gate.holds(key) && rollout.isComplete && !hasOtherPlatform(current, deployment)) gate.leave(key);
      const isWaiting = isPlatformChange(object, current, deployment) && !gate.enter(key);
      if (gate.holds(key)) gate.enter(key);
      return {
        ...renderChildren({
          plan: current,
          children,
          replicaSets: inputs.list(resources.replicaSets, selectorOf(object)),
          keepsDeployment: isWaiting,
          pods,
        }),
        requeueAfterMs: isWaiting || gate.holds(key) ? ROLLOUT_POLL_MS : rollout.settlesInMs,
      };
    },

    observe(object, children, inputs, outcome) {
      const { namespace = "", name } = object.metadata;
      const current = plan(object, inputs);
      const understood = isFault(current) ? undefined : current;
      return observeFunction({
        name,
        namespace,
        plan: understood,
        autoscaler:
          understood === undefined
            ? { kind: "none" }
            : planAutoscaler(understood.spec.horizontalPodAutoscaler),
        isWaitingForTurn:
          understood !== undefined && hasOtherPlatform(understood, findDeployment(children, name)),
        children,
        pods: podsOf(inputs, object),
        outcome,
        now: now(),
      });
    },
  };
}

/** Everything that is watched here was created by Kubeless: the one label finds a function's own among it. */
function ofFunction(name: string): Record<string, string> {
  return { [labels.function]: name };
}

function selectorOf({ metadata: { namespace, name } }: Live<FunctionObject>) {
  return { namespace, labels: ofFunction(name) };
}

function podsOf(inputs: Inputs, object: Live<FunctionObject>): Pod[] {
  return inputs.list(resources.pods, selectorOf(object));
}

function findDeployment(children: readonly LiveChild[], name: string): LiveChild | undefined {
  return children.find((child) => child.kind === "Deployment" && child.metadata.name === name);
}

function hasOtherPlatform(plan: Plan, deployment: LiveChild | undefined): boolean {
  return deployment !== undefined && platformOf(deployment) !== hashPlatform(plan);
}

/** The Deployment would change by our doing alone: its owner has changed nothing since we last looked. */
function isPlatformChange(
  object: Live<FunctionObject>,
  plan: Plan,
  deployment: LiveChild | undefined,
): boolean {
  if (deployment === undefined || !hasOtherPlatform(plan, deployment)) return false;
  const isTakenOver = platformOf(deployment) === undefined;
  return isTakenOver || object.status?.observedGeneration === object.metadata.generation;
}
