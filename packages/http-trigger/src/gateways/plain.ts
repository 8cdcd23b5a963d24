import type { Plan } from "../render/plan.ts";
import { type Dressing, type Lack, lackOfMethods } from "./gateway.ts";

/** A gateway of which only the Ingress class is known: it gets what every Ingress can say. */
export function dressForAny(plan: Plan): Dressing {
  const lacks: Lack[] = [...lackOfMethods(plan)];
  const lack = (field: string, what: string, isGuard: boolean) =>
    lacks.push({
      message: `spec.${field}: how ${plan.gatewayName} ${what} is not known; remove it, or write gateway: nginx or traefik.`,
      isGuard,
    });
  if (plan.basicAuthSecret !== undefined) lack("basic-auth-secret", "asks for a password", true);
  if (plan.spec["cors-enable"]) lack("cors-enable", "answers browsers from other origins", false);
  return { lacks };
}
