import type { LiveChild, Wire } from "@kubeless/controller-kit";
import type { V1Ingress } from "@kubernetes/client-node";
import type { Gateway } from "../kinds.ts";
import type { Plan } from "../render/plan.ts";

type Ingress = Partial<Wire<V1Ingress>>;
type LoadBalancer = NonNullable<
  NonNullable<NonNullable<Ingress["status"]>["loadBalancer"]>["ingress"]
>[number];

const defaultPorts = { http: 80, https: 443 } as const;
type Scheme = keyof typeof defaultPorts;

/** Where the gateway says that it is: addresses and host names. */
export function addressesOf(route: LiveChild | undefined, gateway: Gateway | undefined): string[] {
  if (gateway !== undefined) return (gateway.status?.addresses ?? []).map(({ value }) => value);
  return loadBalancersOf(route).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
}

/** What a person can open; undefined while it is not known where the route is, and for a host that stands for many. */
export function toUrl(
  plan: Plan,
  route: LiveChild | undefined,
  gateway: Gateway | undefined,
): string | undefined {
  const listener = gateway?.spec?.listeners?.find(({ name }) =>
    [undefined, "", name].includes(plan.spec.parentRef?.sectionName),
  );
  const isSecure = listener === undefined ? plan.tlsSecret !== undefined : listener.protocol === "HTTPS";
  const scheme: Scheme = isSecure ? "https" : "http";
  const [address] = addressesOf(route, gateway);
  const host = plan.host === "" ? bracket(address) : plan.host;
  if (host === undefined || host.startsWith("*")) return undefined;
  const port = listener?.port ?? findPort(loadBalancersOf(route), scheme);
  const shown = port === undefined || port === defaultPorts[scheme] ? "" : `:${port}`;
  return `${scheme}://${host}${shown}${plan.path === "" ? "/" : plan.path}`;
}

/** A load balancer that names its ports has the one of http first, that of https last. */
function findPort([first]: readonly LoadBalancer[], scheme: Scheme): number | undefined {
  const ports = (first?.ports ?? []).map(({ port }) => port);
  return (
    ports.find((port) => port === defaultPorts[scheme]) ?? (scheme === "http" ? ports.at(0) : ports.at(-1))
  );
}

function loadBalancersOf(route: LiveChild | undefined): readonly LoadBalancer[] {
  return (route as Ingress | undefined)?.status?.loadBalancer?.ingress ?? [];
}

function bracket(address: string | undefined): string | undefined {
  return address?.includes(":") ? `[${address}]` : address;
}
