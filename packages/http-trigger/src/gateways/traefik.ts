import { createHash } from "node:crypto";
import type { RenderedObject } from "@kubeless/controller-kit";
import { middlewares } from "../kinds.ts";
import type { Plan } from "../render/plan.ts";
import { cors, type Dressing, type IngressPath, joinList, type Lack, lackOfMethods } from "./gateway.ts";

const ANNOTATION = "traefik.ingress.kubernetes.io/router.middlewares";

interface Middleware {
  readonly suffix: string;
  readonly spec: object;
  readonly asks: string;
  readonly isGuard: boolean;
}

/**
 * Traefik 3 does with Middlewares, named by an annotation of the Ingress, what others do with annotations:
 * https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/
 */
export function dressForTraefik(plan: Plan): Dressing {
  const wanted = wantedMiddlewares(plan);
  const paths = plan.path === "" ? {} : { paths: toPaths(plan.path) };
  if (!plan.isServed(middlewares))
    return { ...paths, lacks: [...lackOfMethods(plan), ...wanted.map(toLack)] };
  const names = wanted.map((one) => toReference(plan.namespace, toName(plan, one)));
  return {
    ...paths,
    annotations: names.length === 0 ? {} : { [ANNOTATION]: joinList(names, plan.annotations[ANNOTATION]) },
    objects: wanted.map((one) => toObject(plan, one)),
    lacks: lackOfMethods(plan),
  };
}

/** What Traefik calls it: one hyphen for whatever is no letter or digit (`Normalize` in its pkg/provider). */
function toReference(namespace: string, name: string): string {
  return `${`${namespace}-${name}`.replaceAll(/[^A-Za-z0-9]+/g, "-")}@kubernetescrd`;
}

/** With a hash, for to Traefik the trigger `b-c` in the namespace `a` and `c` in `a-b` are one, and have one password. */
function toName({ namespace, name }: Plan, { suffix }: Middleware): string {
  const hash = createHash("sha256").update(`${namespace}/${name}`).digest("hex").slice(0, 10);
  return `${name}-${suffix}-${hash}`;
}

/** Unless it is told to be strict, Traefik takes a prefix for one of characters: /api would match /apiary. */
function toPaths(path: string): readonly IngressPath[] {
  return [
    { path, pathType: "Exact" },
    { path: `${path}/`, pathType: "Prefix" },
  ];
}

/** In the order in which a request meets them: a preflight has no password. */
function wantedMiddlewares({ path, spec, basicAuthSecret }: Plan): Middleware[] {
  const all: (Middleware & { readonly isWanted: boolean })[] = [
    {
      isWanted: spec.tls,
      suffix: "redirect",
      spec: { redirectScheme: { scheme: "https", permanent: true } },
      asks: "spec.tls: http is not redirected to https",
      isGuard: false,
    },
    {
      isWanted: spec["cors-enable"],
      suffix: "cors",
      spec: {
        headers: {
          accessControlAllowOriginList: cors.origins,
          accessControlAllowMethods: cors.methods,
          accessControlAllowHeaders: cors.headers,
          accessControlMaxAge: cors.maxAgeSeconds,
        },
      },
      asks: "spec.cors-enable: browsers cannot call the function from other origins",
      isGuard: false,
    },
    {
      isWanted: basicAuthSecret !== undefined,
      suffix: "basic-auth",
      spec: { basicAuth: { secret: basicAuthSecret, realm: "Authentication Required" } },
      asks: "spec.basic-auth-secret: no password can be asked for",
      isGuard: true,
    },
    {
      isWanted: path !== "",
      suffix: "strip-prefix",
      spec: { stripPrefix: { prefixes: [path] } },
      asks: `spec.path: ${path} is not stripped before the function`,
      isGuard: false,
    },
  ];
  return all.filter(({ isWanted }) => isWanted);
}

function toObject(plan: Plan, middleware: Middleware): RenderedObject {
  const { apiVersion, kind } = middlewares;
  return {
    apiVersion,
    kind,
    metadata: { name: toName(plan, middleware), labels: { ...plan.labels } },
    spec: middleware.spec,
  } as RenderedObject;
}

function toLack({ asks, isGuard }: Middleware): Lack {
  return {
    message: `${asks}, as this cluster does not serve Traefik's kind Middleware (traefik.io/v1alpha1); install Traefik's CRDs.`,
    isGuard,
  };
}
