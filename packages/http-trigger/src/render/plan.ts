import {
  annotations as annotationNames,
  CREATED_BY,
  DEFAULT_FUNCTION_PORT,
  type FunctionObject,
  formatFaults,
  GATEWAY_API,
  type HTTPTrigger,
  type HTTPTriggerSpec,
  httpTriggerResource,
  labels,
  type Reason,
} from "@kubeless/api-types";
import { type Fault, type Inputs, type Live, resources } from "@kubeless/controller-kit";
import { functions } from "../kinds.ts";
import { type Flaw, findAuthFlaw, findTlsFlaw, type Secret } from "./secret.ts";

/** What of a gateway's dialect is known to us; any other gateway gets a plain Ingress. */
type Dialect = "nginx" | "traefik" | "kong" | "gateway-api" | "plain";

/** Everything that a trigger, its function and its Secrets decide, understood and checked once. */
export interface Plan {
  readonly name: string;
  readonly namespace: string;
  readonly spec: HTTPTriggerSpec;
  readonly dialect: Dialect;
  /** What messages call the gateway. */
  readonly gatewayName: string;
  readonly className: string | undefined;
  readonly host: string;
  /** With a leading slash and without a trailing one; empty for everything. */
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The user's own. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Undefined: there is no such function. */
  readonly target: { readonly service: string; readonly port: number } | undefined;
  /** Undefined: no password is asked for. */
  readonly basicAuthSecret: string | undefined;
  /** The Secret of the host's certificate. */
  readonly tlsSecret: string | undefined;
  readonly authFlaw: Flaw | undefined;
  readonly tlsFlaw: Flaw | undefined;
  isServed: Inputs["isServed"];
}

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const ingressDialects = ["nginx", "traefik", "kong"] as const;

/** Characters of a path that stand for themselves in a URL (RFC 3986) and are safe in every gateway's configuration. */
const pathPattern = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/]*$/;

/** Understands a trigger; a Fault says what its owner has to change. */
export function planTrigger(object: Live<HTTPTrigger>, inputs: Inputs): Plan | Fault<Reason> {
  const parsed = httpTriggerResource.parse(object);
  if (!parsed.ok) return refuse(formatFaults(parsed.faults).replaceAll("\n", "; "));
  const { spec } = parsed.value;
  const { name, namespace = "" } = object.metadata;
  if (!pathPattern.test(spec.path))
    return refuse("spec.path: write letters, digits and -._~!$&'()*+,;=:@/ only, e.g. api/hello");
  const written = { ...object.metadata.annotations, ...spec.annotations };
  const className = spec.className || written[CLASS_ANNOTATION] || spec.gateway || undefined;
  const dialect = toDialect(spec.gateway, className);
  const basicAuthSecret = spec["basic-auth-secret"] || undefined;
  const secret = (of: string) => inputs.get(resources.secrets, { namespace, name: of }) as Secret | undefined;
  return {
    name,
    namespace,
    spec,
    dialect,
    gatewayName: dialect === "plain" ? spec.gateway || className || "the default gateway" : dialect,
    className,
    host: spec["host-name"],
    path: `/${spec.path}`.replaceAll(/\/+/g, "/").replace(/\/$/, ""),
    labels: { ...object.metadata.labels, [labels.createdBy]: CREATED_BY },
    annotations: toOwnAnnotations(written),
    target: toTarget(inputs.get(functions, { namespace, name: spec["function-name"] })),
    basicAuthSecret,
    tlsSecret: spec.tls ? `${name}-tls` : spec["tls-secret"] || undefined,
    authFlaw:
      basicAuthSecret === undefined
        ? undefined
        : findAuthFlaw(basicAuthSecret, secret(basicAuthSecret), dialect === "traefik"),
    tlsFlaw:
      spec.tls || !spec["tls-secret"]
        ? undefined
        : findTlsFlaw(spec["tls-secret"], secret(spec["tls-secret"])),
    isServed: inputs.isServed,
  };
}

/** Whether a trigger, understood or not, asks for something without which it must not be reachable. */
export function isGuarded({ spec }: HTTPTrigger): boolean {
  const asked = spec as Readonly<Record<string, unknown>> | null | undefined;
  return ["basic-auth-secret", "methods", "suspend", "tls", "tls-secret"].some((field) =>
    Boolean(asked?.[field]),
  );
}

function refuse(message: string): Fault<Reason> {
  return { fault: true, reason: "InvalidSpec", message };
}

/** Who reads an Ingress is its class's matter: one that is called as a gateway is that gateway's, whatever `gateway` says. */
function toDialect(gateway: string, className: string | undefined): Dialect {
  if (gateway === GATEWAY_API) return gateway;
  const known = (name: string | undefined) => ingressDialects.find((dialect) => dialect === name);
  return known(className) ?? known(gateway) ?? "plain";
}

/** The function's Service by its first port; its target port is the Service's own matter. */
function toTarget(target: Live<FunctionObject> | undefined): Plan["target"] {
  if (target === undefined) return undefined;
  const service = target.spec.service as { ports?: readonly { port?: number }[] | null } | null | undefined;
  return { service: target.metadata.name, port: service?.ports?.[0]?.port ?? DEFAULT_FUNCTION_PORT };
}

/** Without kubectl's, ours, and the class, which has a field of its own. */
function toOwnAnnotations(written: Readonly<Record<string, string>>): Record<string, string> {
  const left = [CLASS_ANNOTATION, annotationNames.applied];
  return Object.fromEntries(
    Object.entries(written).filter(
      ([key]) => !left.includes(key) && !key.startsWith("kubectl.kubernetes.io/"),
    ),
  );
}
