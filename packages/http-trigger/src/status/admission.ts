import { GATEWAY_API, type Reason } from "@kubeless/api-types";
import { type ConditionState, type LiveChild, unknown } from "@kubeless/controller-kit";
import type { Gateway, HTTPRoute, ParentReference } from "../kinds.ts";
import type { Plan } from "../render/plan.ts";
import { addressesOf } from "./url.ts";

export type State = ConditionState<Reason>;

/** For so long a gateway's word is waited for; some never say any. */
const REPORT_WITHIN_MS = 30_000;

export interface Admission {
  readonly plan: Plan;
  readonly route: LiveChild | undefined;
  readonly gateway: Gateway | undefined;
  readonly now: Date;
}

/** Whether a controller of the cluster serves the route, by the route's own status. */
export function tellAdmission(admission: Admission): State {
  const { plan, route, gateway, now } = admission;
  if (route === undefined) return unknown("Pending", "There is no route yet.");
  const said = plan.dialect === GATEWAY_API ? readRoute(admission) : readAddresses(route, gateway);
  if (said !== undefined) return said;
  const who = gatewayOf(plan);
  if (millisecondsLeft(route, now) > 0)
    return unknown("Pending", `Waiting for the ${who} to take the route.`);
  return unknown(
    "NotReported",
    `No ${who} has said that it serves the route; see that one runs, or open the URL to know.`,
  );
}

function gatewayOf({ dialect, className, spec }: Plan): string {
  if (dialect === GATEWAY_API) return `controller of the Gateway ${spec.parentRef?.name}`;
  return className === undefined ? "default gateway" : `gateway for the class ${className}`;
}

/** How long the gateway's word is still waited for; undefined when it was given or is overdue. */
export function waitsForMs(admission: Admission): number | undefined {
  const { route, now } = admission;
  if (route === undefined) return REPORT_WITHIN_MS + 1_000;
  const isPending = tellAdmission(admission).reason === "Pending";
  return isPending ? millisecondsLeft(route, now) + 1_000 : undefined;
}

export function findRoute(children: readonly LiveChild[]): LiveChild | undefined {
  return children.find(({ kind }) => kind === "Ingress" || kind === "HTTPRoute");
}

function millisecondsLeft({ metadata }: LiveChild, now: Date): number {
  return Date.parse(metadata.creationTimestamp) + REPORT_WITHIN_MS - now.getTime();
}

function readAddresses(route: LiveChild, gateway: Gateway | undefined): State | undefined {
  const addresses = addressesOf(route, gateway);
  if (addresses.length === 0) return undefined;
  return { status: "True", reason: "Admitted", message: `The gateway serves it at ${addresses.join(", ")}.` };
}

/**
 * A controller that serves one namespace does not see the Gateways of others: there, the route's own status is all that is
 * known of them.
 */
function readRoute(admission: Admission): State | undefined {
  const { plan, gateway } = admission;
  const { name = "", namespace } = plan.spec.parentRef ?? {};
  const home = namespace || plan.namespace;
  const said = readParents(admission);
  if (gateway !== undefined || (said !== undefined && home !== plan.namespace)) return said;
  return {
    status: "False",
    reason: "GatewayNotFound",
    message: `There is no Gateway ${name} in ${home}; create it, or correct spec.parentRef.`,
  };
}

function readParents({ plan, route }: Admission): State | undefined {
  const { parents = [] } = (route as unknown as HTTPRoute).status ?? {};
  const wanted = plan.spec.parentRef;
  const conditions = parents
    .filter(({ parentRef }) => wanted !== undefined && isSame(parentRef, wanted, plan.namespace))
    .flatMap((parent) => parent.conditions ?? [])
    .filter(({ observedGeneration }) => (observedGeneration ?? 0) >= (route?.metadata.generation ?? 0));
  const refusal = conditions.find(
    ({ type, status }) => (type === "Accepted" || type === "ResolvedRefs") && status === "False",
  );
  if (refusal !== undefined)
    return {
      status: "False",
      reason: "NotAdmitted",
      message: `The Gateway ${wanted?.name} says ${refusal.type} is False: ${refusal.reason ?? "no reason"}${refusal.message ? `, ${refusal.message}` : ""}`,
    };
  if (!conditions.some(({ type, status }) => type === "Accepted" && status === "True")) return undefined;
  return { status: "True", reason: "Admitted", message: `The Gateway ${wanted?.name} serves it.` };
}

function isSame(one: ParentReference, other: Partial<ParentReference>, namespace: string): boolean {
  return (
    one.name === other.name &&
    (one.namespace ?? namespace) === (other.namespace || namespace) &&
    (one.sectionName ?? "") === (other.sectionName ?? "")
  );
}
