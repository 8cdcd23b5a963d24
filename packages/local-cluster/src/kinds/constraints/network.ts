import { isIP } from "node:net";
import { isJson } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import type { Check, Checks, Rule } from "./rule.ts";
import { serviceRules } from "./services.ts";

const { forbidden, invalid, required } = check;

const wildcardWords =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const host: Check = (value, parent) => {
  if (typeof value !== "string" || value === "") return undefined;
  if (isIP(value) !== 0) return invalid(value, "must be a DNS name, not an IP address");
  if (!value.includes("*")) return check.subdomain(value, parent);
  const rest = value.startsWith("*.") ? value.slice(2) : "*";
  return check.subdomain(rest, parent) === undefined ? undefined : invalid(value, wildcardWords);
};

const path: Check = (value, parent) => {
  if (typeof value !== "string" || !value.startsWith("/") || parent.pathType === "ImplementationSpecific")
    return undefined;
  const bad = ["//", "/./", "/../", "%2f", "%2F"].find((part) => value.includes(part));
  if (bad !== undefined) return invalid(value, `must not contain '${bad}'`);
  const end = ["/..", "/."].find((part) => value.endsWith(part));
  return end === undefined ? undefined : invalid(value, `cannot end with '${end}'`);
};

const backend: Check = (value) => {
  const { service, resource } = (isJson(value) ? value : {}) as Record<string, unknown>;
  if (service === undefined && resource === undefined)
    return invalid("", "resource or service backend is required");
  if (service !== undefined && resource !== undefined)
    return invalid("", "cannot set both resource and service backends");
  if (!isJson(service)) return undefined;
  if (!service.name) return required(undefined, ".service.name");
  const { name, number } = (isJson(service.port) ? service.port : {}) as Record<string, unknown>;
  if (name && number) return invalid("", "cannot set both port name & port number");
  return name || number ? undefined : required("port name or number is required");
};

const backends = ["spec.defaultBackend", "spec.rules[].http.paths[].backend"];

const unique =
  (name: string): Check =>
  (value) => {
    const names = (Array.isArray(value) ? value : []).map((one) => one[name] ?? "");
    const index = names.findIndex((one, at) => names.indexOf(one) !== at);
    return index < 0 ? undefined : check.duplicate(names[index], `[${index}].${name}`);
  };

const endpoint: Check = (value, parent) => {
  if (typeof value !== "string" || isIP(value) === 0) return check.ipAddress(value, parent);
  return undefined;
};

const someAddress: Check = (value) => {
  const { addresses, notReadyAddresses } = value as Record<string, unknown>;
  return addresses === undefined && notReadyAddresses === undefined
    ? required("must specify `addresses` or `notReadyAddresses`")
    : undefined;
};

const parameterScope: Check = (value) => {
  const { scope = "Cluster", namespace } = value as Record<string, unknown>;
  const problem = check.oneOf("Cluster", "Namespace")(scope, {});
  if (problem !== undefined) return { ...problem, field: ".scope" };
  if (scope === "Namespace")
    return namespace === undefined
      ? required("`parameters.scope` is set to 'Namespace'", ".namespace")
      : undefined;
  return namespace === undefined
    ? undefined
    : forbidden("`parameters.scope` is set to 'Cluster'", ".namespace");
};

const twoAtMost: Check = (value) =>
  Array.isArray(value) && value.length > 2
    ? invalid(value, "may not specify more than two policyTypes")
    : undefined;

const portRange: Checks = (value) => {
  const { port, endPort } = value as Record<string, unknown>;
  if (typeof endPort !== "number") return [];
  const field = ".endPort";
  if (typeof port !== "number")
    return [invalid(endPort, "may not be specified when `port` is non-numeric", field)];
  return [
    ...(endPort < port ? [invalid(port, "must be greater than or equal to `port`", field)] : []),
    ...check.beneath(field, check.port(endPort, {})),
  ];
};

const peer: Check = (value) => {
  const { podSelector, namespaceSelector, ipBlock } = (isJson(value) ? value : {}) as Record<string, unknown>;
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock === undefined) return selects ? undefined : required("must specify a peer");
  return selects ? forbidden("may not specify both ipBlock and another peer") : undefined;
};

/** By resource, what holds of what is about the network beyond its schemas. */
export const networkRules: Readonly<Record<string, readonly Rule[]>> = {
  services: serviceRules,
  "ingresses.networking.k8s.io": [
    ["spec.rules[].host", host],
    ["spec.rules[].http", check.has("paths")],
    ["spec.rules[].http.paths[].path", path],
    ...backends.flatMap((at): Rule[] => [
      [at, backend],
      [`${at}.service.name`, check.serviceName],
      [`${at}.service.port.number`, (value) => (value === 0 ? undefined : check.port(value, {}))],
    ]),
    ["spec.tls[].hosts[]", host, (value) => (value === "" ? check.givenSubdomain(value, {}) : undefined)],
    ["spec.tls[].secretName", check.subdomain],
    ["spec.ingressClassName", check.givenSubdomain],
  ],
  "ingressclasses.networking.k8s.io": [
    ["spec.controller", check.domainPath],
    ["spec", check.has("controller")],
    ["spec.parameters", check.reference("kind", "name"), parameterScope],
    ["spec.parameters.apiGroup", check.givenSubdomain],
    ["spec.parameters.namespace", check.givenLabel],
  ],
  "networkpolicies.networking.k8s.io": [
    ["spec.podSelector", check.selector],
    ["spec.policyTypes", twoAtMost],
    ["spec.ingress|egress[].ports[]", portRange],
    ["spec.ingress|egress[].ports[].port", check.portOrName],
    ["spec.ingress|egress[].ports[].protocol", check.oneOf("TCP", "UDP", "SCTP")],
    ["spec.ingress|egress[].from|to[].podSelector|namespaceSelector", check.selector],
    ["spec.ingress|egress[].from|to[].ipBlock", check.has("cidr")],
    [
      "spec.ingress|egress[].from|to[].ipBlock.cidr",
      (value) => (value === "" ? undefined : check.cidr(value, {})),
    ],
    ["spec.ingress|egress[].from|to[].ipBlock.except[]", check.cidr],
    ["spec.ingress|egress[].from|to[]", peer],
  ],
  endpoints: [
    ["subsets[]", someAddress],
    ["subsets[].addresses|notReadyAddresses[].ip", check.ipAddress],
    ["subsets[].addresses|notReadyAddresses[].hostname", check.label],
    ["subsets[].addresses|notReadyAddresses[].nodeName", check.givenSubdomain],
    ["subsets[].ports[].name", check.label],
    ["subsets[].ports[].port", check.port],
    ["subsets[].ports[].protocol", check.oneOf("SCTP", "TCP", "UDP")],
    ["subsets[].ports[].appProtocol", check.qualified],
  ],
  "endpointslices.discovery.k8s.io": [
    ["endpoints[]", check.has("addresses", "must contain at least 1 address")],
    ["endpoints[].addresses[]", endpoint],
    ["endpoints[].hostname", check.givenLabel],
    ["endpoints[].nodeName", check.givenSubdomain],
    ["endpoints[].hints.forZones", unique("name")],
    ["endpoints[].hints.forZones[].name", check.labelValue],
    ["ports", unique("name")],
    ["ports[].name", check.label],
    ["ports[].protocol", check.oneOf("SCTP", "TCP", "UDP")],
    ["ports[].appProtocol", check.qualified],
  ],
};
