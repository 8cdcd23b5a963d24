import type { KubeObject } from "../../api/cluster-api.ts";

/** What the annotations of ingress-nginx make of a route; others of that prefix are told as unsupported. */
export interface RouteSettings {
  /** The path that the backend sees; `$1` … are the groups of the rule's path. */
  readonly rewriteTarget?: string;
  readonly useRegex: boolean;
  readonly sslRedirect: boolean;
  readonly forceSslRedirect: boolean;
  /** `namespace/name` of a Secret with an htpasswd file under the key `auth`. */
  readonly authSecret?: string;
  readonly authRealm: string;
  readonly cors?: CorsSettings;
}

export interface CorsSettings {
  readonly origins: readonly string[];
  readonly methods: string;
  readonly headers: string;
  readonly exposeHeaders?: string;
  readonly credentials: boolean;
  readonly maxAge: string;
}

const prefix = "nginx.ingress.kubernetes.io/";

const supported = new Set([
  "rewrite-target",
  "use-regex",
  "ssl-redirect",
  "force-ssl-redirect",
  "auth-type",
  "auth-secret",
  "auth-realm",
  "enable-cors",
  "cors-allow-origin",
  "cors-allow-methods",
  "cors-allow-headers",
  "cors-expose-headers",
  "cors-allow-credentials",
  "cors-max-age",
]);

/** Those that keep somebody out. To serve without them would publish what is meant to be protected. */
const guards = /^(auth-|whitelist-|denylist-|satisfy|limit-|enable-modsecurity|modsecurity-|.*-snippet$)/;

/** https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/ */
export function readSettings({ metadata }: KubeObject): RouteSettings {
  const read = (name: string) => metadata.annotations?.[`${prefix}${name}`];
  const secret = read("auth-secret");
  const rewriteTarget = read("rewrite-target");
  return {
    ...(rewriteTarget ? { rewriteTarget } : {}),
    useRegex: read("use-regex") === "true" || /\$\d/.test(rewriteTarget ?? ""),
    sslRedirect: read("ssl-redirect") !== "false",
    forceSslRedirect: read("force-ssl-redirect") === "true",
    ...(read("auth-type") === undefined
      ? {}
      : { authSecret: qualify(secret ?? "", metadata.namespace ?? "default") }),
    authRealm: read("auth-realm") ?? "Authentication Required",
    ...(read("enable-cors") === "true" ? { cors: readCors(read) } : {}),
  };
}

export interface UnsupportedAnnotations {
  /** Without these the route may not be served. */
  readonly guards: readonly string[];
  readonly others: readonly string[];
}

export function unsupportedAnnotations({ metadata }: KubeObject): UnsupportedAnnotations {
  const unknown = Object.keys(metadata.annotations ?? {})
    .filter((key) => key.startsWith(prefix) && !supported.has(key.slice(prefix.length)))
    .sort();
  const isGuard = (key: string) => guards.test(key.slice(prefix.length));
  const basic = metadata.annotations?.[`${prefix}auth-type`];
  const badType = basic === undefined || basic === "basic" ? [] : [`${prefix}auth-type=${basic}`];
  return { guards: [...unknown.filter(isGuard), ...badType], others: unknown.filter((key) => !isGuard(key)) };
}

function readCors(read: (name: string) => string | undefined): CorsSettings {
  const exposeHeaders = read("cors-expose-headers");
  return {
    origins: (read("cors-allow-origin") ?? "*").split(",").map((origin) => origin.trim()),
    methods: read("cors-allow-methods") ?? "GET, PUT, POST, DELETE, PATCH, OPTIONS",
    headers:
      read("cors-allow-headers") ??
      "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization",
    ...(exposeHeaders === undefined ? {} : { exposeHeaders }),
    credentials: read("cors-allow-credentials") !== "false",
    maxAge: read("cors-max-age") ?? "1728000",
  };
}

function qualify(name: string, namespace: string): string {
  return name.includes("/") ? name : `${namespace}/${name}`;
}
