import {
  GATEWAY_API,
  type HTTPTrigger,
  legacyControllers,
  legacyFinalizers,
  type Reason,
} from "@kubeless/api-types";
import {
  type Children,
  type Fault,
  type Inputs,
  type Live,
  type LiveChild,
  type ObjectReference,
  type Projection,
  type Resource,
  resources,
  watchFormerController,
} from "@kubeless/controller-kit";
import { functions, gateways, httpRoutes, httpTriggers, kongPlugins, middlewares } from "./kinds.ts";
import { isGuarded, type Plan, planTrigger } from "./render/plan.ts";
import { type Route, renderRoute } from "./render/route.ts";
import { forgetValues, type Secret } from "./render/secret.ts";
import { type Admission, findRoute, waitsForMs } from "./status/admission.ts";
import { observeTrigger } from "./status/observe.ts";

export interface HttpProjectionOptions {
  /** Of the configuration: where a controller of Kubeless 1.0.x would run. */
  readonly namespace: string;
  readonly now: () => Date;
}

/** A kind that is not served, or a Gateway's word, is looked for again after so long. */
const LOOK_AGAIN_MS = 30_000;

/** Makes an Ingress or HTTPRoute, and what its gateway needs beside it, follow each HTTPTrigger. */
export function createHttpProjection({
  namespace,
  now,
}: HttpProjectionOptions): Projection<HTTPTrigger, Reason> {
  const former = watchFormerController({
    namespace,
    labels: legacyControllers.labels,
    container: legacyControllers.containers.HTTPTrigger,
  });

  return {
    name: "httptrigger",
    resource: httpTriggers,
    children: [
      { resource: resources.ingresses },
      { resource: httpRoutes, optional: true },
      { resource: middlewares, optional: true },
      { resource: kongPlugins, optional: true },
    ],
    reads: [
      { resource: functions },
      { resource: resources.secrets, trim: (secret: object) => forgetValues(secret as Secret) },
      { resource: gateways, optional: true },
      former.watched,
    ],
    takeOver: { managers: ["http-trigger-controller", "http-controller"], blocked: former.blocked },
    formerFinalizers: [legacyFinalizers.HTTPTrigger],
    inputs: (object) => [...referencesOf(object), former.reference],

    render(object, inputs, children) {
      const planned = planTrigger(object, inputs);
      if (isFault(planned)) return isGuarded(object) ? { objects: [] } : planned;
      const gateway = findGateway(object, inputs);
      const route = findRoute(children);
      // Made anew: what the class before said of it would be taken for the new one's word.
      if (hasChanged(object) && isOfAnotherClass(route, planned)) return { objects: [] };
      const admission = { plan: planned, route, gateway, now: now() };
      return toChildren(renderRoute(planned), admission);
    },

    observe(object, children, inputs, outcome) {
      const planned = planTrigger(object, inputs);
      const fault = isFault(planned) ? planned : undefined;
      return observeTrigger({
        object,
        understood: isFault(planned) ? undefined : { plan: planned, route: renderRoute(planned) },
        misunderstanding: fault ?? outcome.fault,
        children,
        gateway: findGateway(object, inputs),
        outcome,
        now: now(),
      });
    },
  };
}

function toChildren({ objects, withdrawn, flaw }: Route, admission: Admission): Children {
  const { spec, basicAuthSecret } = admission.plan;
  const lacksKind = [withdrawn, flaw].some(
    (one) => one?.reason === "Unsupported" || one?.reason === "GatewayNotFound",
  );
  const requeueAfterMs = lacksKind ? LOOK_AGAIN_MS : objects.length === 0 ? undefined : waitsForMs(admission);
  const isGuard = basicAuthSecret !== undefined || spec.methods !== undefined;
  return { objects, failClosed: isGuard, requeueAfterMs };
}

function hasChanged({ metadata, status }: Live<HTTPTrigger>): boolean {
  return status?.observedGeneration !== metadata.generation;
}

/** An Ingress without a class in its spec names it in an annotation; a trigger without one gets the cluster's default. */
function isOfAnotherClass(route: LiveChild | undefined, { className }: Plan): boolean {
  const { ingressClassName } = (route?.spec ?? {}) as { readonly ingressClassName?: string };
  return className !== undefined && ingressClassName !== undefined && ingressClassName !== className;
}

function isFault(planned: Plan | Fault<Reason>): planned is Fault<Reason> {
  return "fault" in planned;
}

function referencesOf({ metadata, spec }: Live<HTTPTrigger>): ObjectReference[] {
  const { namespace } = metadata;
  const secrets = [spec["basic-auth-secret"], spec["tls-secret"]].filter((name) => Boolean(name));
  return [
    pointAt(functions, namespace, spec["function-name"]),
    ...secrets.map((name) => pointAt(resources.secrets, namespace, name)),
    ...(spec.gateway === GATEWAY_API && spec.parentRef
      ? [pointAt(gateways, spec.parentRef.namespace || namespace, spec.parentRef.name)]
      : []),
  ];
}

function pointAt(
  { apiVersion, kind }: Resource<object>,
  namespace: string | undefined,
  name: string,
): ObjectReference {
  return { apiVersion, kind, namespace, name };
}

function findGateway({ metadata, spec }: Live<HTTPTrigger>, inputs: Inputs) {
  if (spec.gateway !== GATEWAY_API || !spec.parentRef) return undefined;
  return inputs.get(gateways, {
    namespace: spec.parentRef.namespace || metadata.namespace,
    name: spec.parentRef.name,
  });
}
