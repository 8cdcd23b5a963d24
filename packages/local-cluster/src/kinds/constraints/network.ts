import { isIP } from "node:net";
import { isJson } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import type { Check, Rule } from "./rule.ts";

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
  const { name, number } = (isJson(service.port) ? service.port : {}) as Record<string, unknown>;
  if (name && number) return invalid("", "cannot set both port name & port number");
  return name || number ? undefined : required("port name or number is required");
};

const backends = ["spec.defaultBackend", "spec.rules[].http.paths[].backend"];

const inCluster: Check = (value, spec) => {
  if (typeof value !== "string" || value === "" || spec.type === "ExternalName") return undefined;
  const field = "s[0]";
  if (value === "None")
    return spec.type === "NodePort" || spec.type === "LoadBalancer"
      ? invalid(value, `may not be set to 'None' for ${spec.type} services`, field)
      : undefined;
  if (isIP(value) === 0)
    return invalid(value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)", field);
  return value.startsWith("10.96.")
    ? undefined
    : invalid(
        [value],
        `failed to allocate IP ${value}: the provided IP (${value}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`,
        "s",
      );
};

const external: Check = (value, spec) =>
  value && spec.type !== "NodePort" && spec.type !== "LoadBalancer" && !spec.externalIPs
    ? invalid(value, "may only be set for externally-accessible services")
    : undefined;

const nodePorts: Check = (value, spec) => {
  if (!Array.isArray(value) || (spec.type !== "ClusterIP" && spec.type !== undefined)) return undefined;
  const index = value.findIndex(({ nodePort }) => nodePort);
  if (index < 0) return undefined;
  return forbidden("may not be used when `type` is 'ClusterIP'", `[${index}].nodePort`);
};

const unique: Check = (value) => {
  const names = (Array.isArray(value) ? value : []).map(({ name = "" }) => name);
  const index = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (index < 0) return undefined;
  const message = `Duplicate value: ${JSON.stringify(names[index])}`;
  return { reason: "FieldValueDuplicate", message, field: `[${index}].name` };
};

const endpoint: Check = (value, parent) => {
  if (typeof value !== "string" || isIP(value) === 0) return check.ipAddress(value, parent);
  return undefined;
};

/** By resource, what holds of what is about the network beyond its schemas. */
export const networkRules: Readonly<Record<string, readonly Rule[]>> = {
  services: [
    ["spec.ports[].name", check.label],
    ["spec.ports[].targetPort", check.portName],
    ["spec.ports[].appProtocol", check.qualified],
    ["spec.ports", nodePorts],
    ["spec.clusterIP", inCluster],
    ["spec.externalName", check.subdomain],
    ["spec.selector", check.qualifiedKeys],
    ["spec.externalIPs[]", check.ipAddress],
    ["spec.loadBalancerSourceRanges[]", check.cidr],
    ["spec.externalTrafficPolicy", external],
    ["spec.trafficDistribution", check.oneOf("PreferClose", "PreferSameZone", "PreferSameNode")],
  ],
  "ingresses.networking.k8s.io": [
    ["spec.rules[].host", host],
    ["spec.rules[].http", check.has("paths")],
    ["spec.rules[].http.paths[].path", path],
    ...backends.flatMap((at): Rule[] => [
      [at, backend],
      [`${at}.service.name`, check.serviceName],
    ]),
    ["spec.tls[].hosts[]", host],
    ["spec.tls[].secretName", check.subdomain],
    ["spec.ingressClassName", check.subdomain],
  ],
  "ingressclasses.networking.k8s.io": [
    ["spec.controller", check.domainPath],
    ["spec", check.has("controller")],
  ],
  "networkpolicies.networking.k8s.io": [
    ["spec.podSelector", check.selector],
    ["spec.ingress|egress[].ports[].port", check.portOrName],
    ["spec.ingress|egress[].from|to[].ipBlock.cidr", check.cidr],
    [
      "spec.ingress|egress[].from|to[]",
      (peer) =>
        isJson(peer) && Object.keys(peer).length === 0 ? required("must specify a peer") : undefined,
    ],
  ],
  "endpointslices.discovery.k8s.io": [
    ["endpoints[].addresses", check.notEmpty("must contain at least 1 address")],
    ["endpoints[].addresses[]", endpoint],
    ["ports", unique],
  ],
};
