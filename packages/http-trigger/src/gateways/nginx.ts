import type { Plan } from "../render/plan.ts";
import { type Dressing, type IngressPath, lackOfMethods } from "./gateway.ts";

const prefix = "nginx.ingress.kubernetes.io/";

/** ingress-nginx, and what reads its annotations: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/ */
export function dressForNginx(plan: Plan): Dressing {
  return {
    ...(plan.path === "" ? {} : strip(plan.path)),
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

/** What follows the path reaches the function, by a capture group: https://kubernetes.github.io/ingress-nginx/examples/rewrite/ */
function strip(path: string): Pick<Dressing, "paths" | "defaults"> {
  const literally = path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern: IngressPath = { path: `${literally}(/|$)(.*)`, pathType: "ImplementationSpecific" };
  return {
    paths: [pattern],
    defaults: { [`${prefix}use-regex`]: "true", [`${prefix}rewrite-target`]: "/$2" },
  };
}
