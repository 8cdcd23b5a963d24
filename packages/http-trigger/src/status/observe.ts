import type { ConditionType, HTTPTrigger, HTTPTriggerStatus, Reason } from "@kubeless/api-types";
import {
  type Fault,
  type Live,
  type LiveChild,
  no,
  type Outcome,
  type StatusStatement,
  unknown,
  yes,
} from "@kubeless/controller-kit";
import type { Gateway } from "../kinds.ts";
import type { Plan } from "../render/plan.ts";
import type { Route } from "../render/route.ts";
import { findRoute, type State, tellAdmission } from "./admission.ts";
import { addressesOf, toUrl } from "./url.ts";

type Conditions = Record<ConditionType<"HTTPTrigger">, State>;
type Explanations = Omit<Conditions, "Ready">;

/** What an HTTPTrigger's status is told from. */
export interface Observation {
  readonly object: Live<HTTPTrigger>;
  /** Undefined when the trigger could not be understood. */
  readonly understood: { readonly plan: Plan; readonly route: Route } | undefined;
  /** Why not. */
  readonly misunderstanding: Fault<Reason> | undefined;
  readonly children: readonly LiveChild[];
  /** With gateway-api: the one that `parentRef` names. */
  readonly gateway: Gateway | undefined;
  readonly outcome: Outcome;
  readonly now: Date;
}

/** Tells a trigger's status: whether its function can be called from outside, where, and if not why. */
export function observeTrigger(observation: Observation): StatusStatement & HTTPTriggerStatus {
  const { understood, children, gateway } = observation;
  const route = findRoute(children);
  const explanations: Explanations = {
    Accepted: tellAccepted(observation),
    FunctionFound: tellFunction(observation),
    Published: tellPublished(observation, route),
    Admitted: tellAdmitted(observation, route),
  };
  const isThere = route !== undefined && understood !== undefined;
  const url = isThere ? toUrl(understood.plan, route, gateway) : undefined;
  const addresses = isThere ? addressesOf(route, gateway) : [];
  const conditions: Conditions = { Ready: tellReady(explanations, url), ...explanations };
  return {
    conditions: Object.entries(conditions).map(([type, state]) => ({ type, ...state })),
    ...(url === undefined ? {} : { url }),
    ...(addresses.length === 0 ? {} : { addresses }),
  };
}

function tellAccepted({ misunderstanding }: Observation): State {
  if (misunderstanding !== undefined) return no(misunderstanding.reason, misunderstanding.message);
  return yes("Accepted", "The trigger can be worked with.");
}

function tellFunction({ understood, object }: Observation): State {
  if (understood === undefined) return unknown("Pending", "It has not been looked for yet.");
  const name = object.spec["function-name"];
  if (understood.plan.target !== undefined) return yes("FunctionFound", `The Function ${name} is there.`);
  return no(
    "FunctionNotFound",
    `There is no Function ${name} in ${understood.plan.namespace}: the route is published when it is deployed.`,
  );
}

function tellPublished({ understood, outcome }: Observation, route: LiveChild | undefined): State {
  if (understood === undefined)
    return route === undefined
      ? no("InvalidSpec", "There is no route until the trigger is corrected.")
      : unknown("Pending", "The route is left as it was until the trigger is corrected.");
  const { withdrawn, flaw } = understood.route;
  const [fault] = outcome.writeFaults;
  if (fault?.reason === "NotOurs")
    return no(
      "ConflictingObject",
      `The ${fault.child.kind} ${fault.child.name} exists and is not this trigger's: rename the trigger, or delete that object.`,
    );
  if (fault !== undefined)
    return no(fault.reason === "TakeOverBlocked" ? "LegacyControllerRunning" : "ApplyFailed", fault.message);
  if (withdrawn !== undefined) return no(withdrawn.reason, withdrawn.message);
  if (route === undefined) return unknown("Pending", "The route is being made.");
  if (flaw !== undefined) return no(flaw.reason, `The ${route.kind} exists, but: ${flaw.message}`);
  return yes(
    "Published",
    `The ${route.kind} ${route.metadata.name} publishes the function${noteOn(understood.plan)}.`,
  );
}

/** Nothing is known of how other gateways strip a path; functions that expect the whole path work with them. */
function noteOn({ dialect, path, gatewayName }: Plan): string {
  return dialect === "plain" && path !== ""
    ? `, which sees the whole path, as ${gatewayName} does not strip ${path}`
    : "";
}

function tellAdmitted({ understood, gateway, now }: Observation, route: LiveChild | undefined): State {
  if (understood === undefined)
    return unknown("Pending", "It is not looked for until the trigger is corrected.");
  return tellAdmission({ plan: understood.plan, route, gateway, now });
}

/** The first that hinders; a gateway that never says whether it serves the route does not. */
function tellReady(
  { Accepted, FunctionFound, Published, Admitted }: Explanations,
  url: string | undefined,
): State {
  const hindrance = [Accepted, FunctionFound, Published].find(({ status }) => status !== "True");
  if (hindrance !== undefined) return hindrance;
  if (Admitted.status === "True" && url !== undefined) return yes("Ready", `The function answers at ${url}.`);
  if (Admitted.status === "True") return yes("Ready", Published.message);
  return Admitted.reason === "NotReported" ? yes("Ready", Admitted.message) : Admitted;
}
