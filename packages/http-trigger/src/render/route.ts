import { GATEWAY_API, type Reason } from "@kubeless/api-types";
import type { RenderedObject } from "@kubeless/controller-kit";
import type { Dressing, Gateway } from "../gateways/gateway.ts";
import { dressForKong } from "../gateways/kong.ts";
import { dressForNginx } from "../gateways/nginx.ts";
import { dressForAny } from "../gateways/plain.ts";
import { dressForTraefik } from "../gateways/traefik.ts";
import { httpRoutes } from "../kinds.ts";
import { lacksOfHttpRoute, renderHttpRoute } from "./http-route.ts";
import { renderIngress } from "./ingress.ts";
import type { Plan } from "./plan.ts";
import type { Flaw } from "./secret.ts";

/** What should exist for a trigger, and what is to be said of it. */
export interface Route {
  /** The Ingress or HTTPRoute comes last. Empty when withdrawn. */
  readonly objects: readonly RenderedObject[];
  /** Why there is none. */
  readonly withdrawn: Flaw | undefined;
  /** What is not as it was asked for, though the route is there. */
  readonly flaw: Flaw | undefined;
}

const dress: Record<Exclude<Plan["dialect"], typeof GATEWAY_API>, Gateway> = {
  nginx: dressForNginx,
  traefik: dressForTraefik,
  kong: dressForKong,
  plain: dressForAny,
};

/** A route that would be more open than asked for is withdrawn: it has no objects. */
export function renderRoute(plan: Plan): Route {
  const dressing =
    plan.dialect === GATEWAY_API ? { lacks: lacksOfHttpRoute(plan) } : dress[plan.dialect](plan);
  const { target } = plan;
  const withdrawn = findWithdrawal(plan, dressing);
  if (withdrawn !== undefined || target === undefined) return { objects: [], withdrawn, flaw: undefined };
  const route =
    plan.dialect === GATEWAY_API ? renderHttpRoute(plan, target) : renderIngress(plan, target, dressing);
  return { objects: [...(dressing.objects ?? []), route], withdrawn, flaw: findFlaw(plan, dressing) };
}

function findWithdrawal(plan: Plan, { lacks = [] }: Dressing): Flaw | undefined {
  const { spec, namespace } = plan;
  if (spec.suspend) return flaw("Suspended", "spec.suspend is true: the route is withdrawn.");
  const guards = lacks.filter(({ isGuard }) => isGuard);
  if (guards.length > 0) return flaw("Unsupported", `${say(guards)} Until then the route is withdrawn.`);
  if (plan.authFlaw !== undefined)
    return flaw(plan.authFlaw.reason, `${plan.authFlaw.message} Until then the route is withdrawn.`);
  if (plan.target === undefined)
    return flaw(
      "FunctionNotFound",
      `There is no Function ${spec["function-name"]} in ${namespace}: the route is published when it is deployed.`,
    );
  if (plan.dialect === GATEWAY_API && !plan.isServed(httpRoutes))
    return flaw(
      "GatewayNotFound",
      `This cluster does not serve HTTPRoute (${httpRoutes.apiVersion}); install the Gateway API, or write another gateway.`,
    );
  return undefined;
}

function findFlaw({ tlsFlaw }: Plan, { lacks = [] }: Dressing): Flaw | undefined {
  if (tlsFlaw !== undefined)
    return flaw(
      tlsFlaw.reason,
      `${tlsFlaw.message} Until then the gateway shows a certificate of its own, or serves nothing.`,
    );
  return lacks.length === 0 ? undefined : flaw("Unsupported", say(lacks));
}

function say(lacks: readonly { readonly message: string }[]): string {
  return lacks.map(({ message }) => message).join(" ");
}

function flaw(reason: Reason, message: string): Flaw {
  return { reason, message };
}
