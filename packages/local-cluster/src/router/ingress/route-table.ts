import type { V1Ingress } from "@kubernetes/client-node";
import type { KubeObject, Wire } from "../../api/cluster-api.ts";
import { type RouteSettings, readSettings, unsupportedAnnotations } from "./annotations.ts";

export type Ingress = KubeObject & Pick<Wire<V1Ingress>, "spec" | "status">;

interface Backend {
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
}

export interface Route {
  readonly ingress: string;
  /** "" is any host; `*.example.com` one label before it. */
  readonly host: string;
  readonly path: string;
  readonly pathType: "Exact" | "Prefix" | "Regex" | "Default";
  readonly pattern?: RegExp;
  /** Absent when the rule names no service. */
  readonly backend?: Backend;
  readonly settings: RouteSettings;
  readonly hasTls: boolean;
  /** Why the route answers 503 instead of its backend. */
  readonly withheld?: string;
}

/** Every rule of the given Ingresses, the oldest Ingress first, in the order in which they are to be tried. */
export function createRoutes(ingresses: readonly Ingress[]): Route[] {
  const oldestFirst = [...ingresses].sort((a, b) => (age(a) < age(b) ? -1 : 1));
  return oldestFirst.flatMap(routesOf).sort(byPrecedence);
}

/**
 * The route of a request: an exact host before a wildcard before any host; then an exact path, then the longest prefix.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches
 */
export function findRoute(routes: readonly Route[], host: string, path: string): Route | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  return routes.find((route) => matchesHost(route.host, name) && matchesPath(route, path));
}

/** The path that the backend sees. */
export function rewritePath({ settings, pattern }: Route, path: string): string {
  const { rewriteTarget } = settings;
  if (rewriteTarget === undefined) return path;
  const groups = pattern?.exec(path) ?? [];
  const target = rewriteTarget.replace(/\$(\d)/g, (_match, index: string) => groups[Number(index)] ?? "");
  return target.startsWith("/") ? target : `/${target}`;
}

/** The TLS secret for a server name, as `namespace/name`. */
export function findTlsSecret(ingresses: readonly Ingress[], serverName: string): string | undefined {
  const entries = ingresses.flatMap(({ metadata, spec }) =>
    (spec?.tls ?? []).flatMap(({ hosts = [], secretName }) =>
      secretName ? hosts.map((host) => ({ host, secret: `${metadata.namespace}/${secretName}` })) : [],
    ),
  );
  const name = serverName.toLowerCase();
  const exact = entries.find(({ host }) => host === name);
  return (exact ?? entries.find(({ host }) => matchesHost(host, name)))?.secret;
}

function routesOf(ingress: Ingress): Route[] {
  const { metadata, spec } = ingress;
  const namespace = metadata.namespace ?? "default";
  const settings = readSettings(ingress);
  const { guards } = unsupportedAnnotations(ingress);
  const withheld =
    guards.length === 0
      ? {}
      : {
          withheld: `the local ingress router does not support ${guards.join(", ")} and does not serve without`,
        };
  const shared = { ingress: `${namespace}/${metadata.name}`, settings, ...withheld };
  const rules = (spec?.rules ?? []).flatMap(({ host = "", http }) =>
    (http?.paths ?? []).map(({ path = "/", pathType, backend }) => ({
      ...shared,
      host: host.toLowerCase(),
      path,
      hasTls: hasTls(ingress, host),
      ...matching(path, pathType, settings),
      ...toBackend(namespace, backend),
    })),
  );
  if (spec?.defaultBackend === undefined) return rules;
  const fallback = { host: "", path: "/", pathType: "Default" as const, hasTls: false };
  return [...rules, { ...shared, ...fallback, ...toBackend(namespace, spec.defaultBackend) }];
}

type SpecBackend = NonNullable<NonNullable<Ingress["spec"]>["defaultBackend"]>;

function toBackend(namespace: string, { service }: SpecBackend): { backend?: Backend } {
  const port = service?.port?.number ?? service?.port?.name;
  return service === undefined || port === undefined
    ? {}
    : { backend: { namespace, service: service.name, port } };
}

function matching(
  path: string,
  pathType: string,
  { useRegex }: RouteSettings,
): Pick<Route, "pathType" | "pattern"> & { withheld?: string } {
  if (!useRegex) return { pathType: pathType === "Exact" ? "Exact" : "Prefix" };
  try {
    return { pathType: "Regex", pattern: new RegExp(`^${path}`, "i") };
  } catch {
    return { pathType: "Prefix", withheld: `path ${JSON.stringify(path)} is not a regular expression` };
  }
}

function hasTls({ spec }: Ingress, host: string): boolean {
  return (spec?.tls ?? []).some(
    ({ hosts }) => hosts?.some((it) => it === host || matchesHost(it, host)) ?? true,
  );
}

function byPrecedence(a: Route, b: Route): number {
  return hostRank(a.host) - hostRank(b.host) || pathRank(a) - pathRank(b) || b.path.length - a.path.length;
}

function hostRank(host: string): number {
  return host === "" ? 2 : host.startsWith("*.") ? 1 : 0;
}

function pathRank({ pathType }: Route): number {
  return pathType === "Exact" ? 0 : pathType === "Default" ? 2 : 1;
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern === "" || pattern === host) return true;
  if (!pattern.startsWith("*.")) return false;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot) === pattern.slice(1);
}

function matchesPath({ pathType, path, pattern }: Route, requested: string): boolean {
  if (pathType === "Default") return true;
  if (pathType === "Exact") return requested === path;
  if (pattern !== undefined) return pattern.test(requested);
  const prefix = path.replace(/\/+$/, "");
  return requested === prefix || requested.startsWith(`${prefix}/`);
}

function age({ metadata }: Ingress): string {
  return `${metadata.creationTimestamp} ${metadata.namespace}/${metadata.name}`;
}
