import type { Plan } from "../render/plan.ts";
import { type Dressing, lackOfMethods } from "./gateway.ts";

const prefix = "nginx.ingress.kubernetes.io/";

/**
 * ingress-nginx, and what reads its annotations. The rest of the path reaches the function by a capture group:
 * https://kubernetes.github.io/ingress-nginx/examples/rewrite/
 */
export function dressForNginx(plan: Plan): Dressing {
  const hasPath = plan.path !== "";
  return {
    ...(hasPath
      ? {
          path: `${plan.path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(/|$)(.*)`,
          pathType: "ImplementationSpecific",
        }
      : {}),
    defaults: hasPath ? { [`${prefix}use-regex`]: "true", [`${prefix}rewrite-target`]: "/$2" } : {},
    annotations: {
      ...(plan.spec["cors-enable"] ? { [`${prefix}enable-cors`]: "true" } : {}),
      ...(plan.basicAuthSecret === undefined
        ? {}
        : {
            [`${prefix}auth-type`]: "basic",
            [`${prefix}auth-secret`]: plan.basicAuthSecret,
            [`${prefix}auth-realm`]: "Authentication Required",
          }),
      ...(plan.spec.tls ? { [`${prefix}ssl-redirect`]: "true" } : {}),
    },
    lacks: lackOfMethods(plan),
  };
}
