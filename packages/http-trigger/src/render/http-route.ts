import type { RenderedObject } from "@kubeless/controller-kit";
import type { Lack } from "../gateways/gateway.ts";
import { httpRoutes } from "../kinds.ts";
import type { Plan } from "./plan.ts";

/** The trigger's HTTPRoute; the path is stripped by a rewrite. https://gateway-api.sigs.k8s.io/guides/http-redirect-rewrite/ */
export function renderHttpRoute(plan: Plan, target: NonNullable<Plan["target"]>): RenderedObject {
  const { spec, path, host } = plan;
  const { apiVersion, kind } = httpRoutes;
  const prefix = { path: { type: "PathPrefix", value: path === "" ? "/" : path } };
  const rewrite = {
    type: "URLRewrite",
    urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
  };
  return {
    apiVersion,
    kind,
    metadata: { name: plan.name, labels: { ...plan.labels }, annotations: { ...plan.annotations } },
    spec: {
      parentRefs: [withoutEmpty(spec.parentRef ?? {})],
      ...(host === "" ? {} : { hostnames: [host] }),
      rules: [
        {
          matches:
            spec.methods === undefined ? [prefix] : spec.methods.map((method) => ({ ...prefix, method })),
          ...(path === "" ? {} : { filters: [rewrite] }),
          backendRefs: [{ name: target.service, port: target.port }],
        },
      ],
    },
  } as RenderedObject;
}

function withoutEmpty(parts: object): object {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ""));
}

/** What an HTTPRoute cannot say with what every cluster of the Gateway API serves. */
export function lacksOfHttpRoute({ spec, basicAuthSecret }: Plan): Lack[] {
  return [
    ...(basicAuthSecret === undefined
      ? []
      : [
          {
            message:
              "spec.basic-auth-secret: gateway-api has no basic auth; write gateway: nginx or traefik.",
            isGuard: true,
          },
        ]),
    ...(spec["cors-enable"]
      ? [
          {
            message:
              "spec.cors-enable: gateway-api has no CORS that every gateway serves; let the function answer, or write another gateway.",
            isGuard: false,
          },
        ]
      : []),
  ];
}
