import type { RenderedObject } from "@kubeless/controller-kit";
import { kongPlugins } from "../kinds.ts";
import type { Plan } from "../render/plan.ts";
import { cors, type Dressing, joinList, type Lack } from "./gateway.ts";

const prefix = "konghq.com/";

/** Kong's own annotations and its cors plugin: https://developer.konghq.com/kubernetes-ingress-controller/reference/annotations/ */
export function dressForKong(plan: Plan): Dressing {
  const { spec, name, labels } = plan;
  const hasPlugin = spec["cors-enable"] && plan.isServed(kongPlugins);
  const { apiVersion, kind } = kongPlugins;
  const plugin = {
    apiVersion,
    kind,
    metadata: { name: `${name}-cors`, labels: { ...labels } },
    plugin: "cors",
    config: {
      origins: cors.origins,
      methods: cors.methods,
      headers: cors.headers,
      max_age: cors.maxAgeSeconds,
    },
  } as RenderedObject;
  return {
    defaults: plan.path === "" ? {} : { [`${prefix}strip-path`]: "true" },
    annotations: {
      ...(spec.methods === undefined ? {} : { [`${prefix}methods`]: toMethods(spec).join(",") }),
      ...(hasPlugin
        ? { [`${prefix}plugins`]: joinList([`${name}-cors`], plan.annotations[`${prefix}plugins`]) }
        : {}),
      ...(spec.tls
        ? { [`${prefix}protocols`]: "https", [`${prefix}https-redirect-status-code`]: "308" }
        : {}),
    },
    objects: hasPlugin ? [plugin] : [],
    lacks: findLacks(plan, hasPlugin),
  };
}

/** A browser's preflight is an OPTIONS of the same route. */
function toMethods({ methods = [], ...spec }: Plan["spec"]): readonly string[] {
  return spec["cors-enable"] ? [...new Set([...methods, "OPTIONS"])] : methods;
}

function findLacks({ spec, basicAuthSecret }: Plan, hasPlugin: boolean): Lack[] {
  return [
    ...(spec["cors-enable"] && !hasPlugin
      ? [
          {
            message:
              "spec.cors-enable: browsers cannot call the function from other origins, as this cluster does not serve Kong's kind KongPlugin (configuration.konghq.com/v1); install Kong's CRDs.",
            isGuard: false,
          },
        ]
      : []),
    ...(basicAuthSecret === undefined
      ? []
      : [
          {
            message:
              "spec.basic-auth-secret: kong cannot ask for the passwords of an htpasswd file; remove it, or write gateway: nginx or traefik.",
            isGuard: true,
          },
        ]),
  ];
}
