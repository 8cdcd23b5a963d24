import { isIP } from "node:net";
import { isJson, type Json } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import type { Check, Problem, Rule } from "./rule.ts";

const { forbidden, invalid, required } = check;

interface Spec extends Json {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ports?: readonly Json[];
}

const isExternal = ({ type }: Spec) => type === "NodePort" || type === "LoadBalancer";
const isNamed = ({ type }: Spec) => type === "ExternalName";
const isBalanced = ({ type }: Spec) => type === "LoadBalancer";

/** A field that only services of some types may have. */
const onlyOf =
  (is: (spec: Spec) => boolean, say: (value: unknown) => Problem): Check =>
  (value, spec) =>
    is(spec as Spec) ? undefined : say(value);

const balancedWords = "may only be used when `type` is 'LoadBalancer'";
const balancedOnly = onlyOf(isBalanced, () => forbidden(balancedWords));
const notNamed = onlyOf(
  (spec) => !isNamed(spec),
  () => forbidden("may not be set for ExternalName services"),
);

const clusterAddress: Check = (value) => {
  const spec = value as Spec;
  const field = ".clusterIPs[0]";
  const address = spec.clusterIP;
  if (!address || isNamed(spec)) return undefined;
  if (address === "None")
    return isExternal(spec)
      ? invalid(address, `may not be set to 'None' for ${spec.type} services`, field)
      : undefined;
  if (isIP(address) === 0)
    return invalid(address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)", field);
  if (isIP(address) === 6)
    return invalid([address], 'may not be set when `ipFamilies` are ["IPv4"]', ".clusterIPs");
  if (address.startsWith("10.96.")) return undefined;
  const words = `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`;
  return invalid([address], words, ".clusterIPs");
};

/** Its first must be the one address. */
const clusterAddresses: Check = (value) => {
  const { clusterIPs = [], clusterIP, type } = value as Spec;
  const field = ".clusterIPs";
  if (clusterIPs.length === 0 || type === "ExternalName") return undefined;
  if (!clusterIP) return invalid(clusterIPs, "must be empty when `clusterIP` is not specified", field);
  if (clusterIPs[0] !== clusterIP) return invalid(clusterIPs, "first value must match `clusterIP`", field);
  return clusterIPs.length > 1 ? invalid(clusterIPs, "may only hold up to 1 values", field) : undefined;
};

const noAddress: Check = (value) => {
  const { clusterIP, clusterIPs = [], type } = value as Spec;
  return type === "ExternalName" && (clusterIP || clusterIPs.length > 0)
    ? forbidden("may not be set for ExternalName services", ".clusterIPs")
    : undefined;
};

const families: Check = (value, spec) => {
  if (!Array.isArray(value) || isNamed(spec as Spec)) return undefined;
  for (const [index, family] of value.entries()) {
    const field = `[${index}]`;
    if (family !== "IPv4" && family !== "IPv6") return check.unsupported(family, ["IPv4", "IPv6"], field);
    if (value.indexOf(family) !== index) return check.duplicate(family, field);
    if (family === "IPv6" && !isOpen(spec)) return invalid(family, "not configured on this cluster", field);
  }
  return undefined;
};

const policy: Check = (value, spec) => {
  if (isNamed(spec as Spec)) return undefined;
  const known = check.oneOf("PreferDualStack", "RequireDualStack", "SingleStack")(value, spec);
  if (known !== undefined || value !== "RequireDualStack") return known;
  return isOpen(spec) ? undefined : invalid(value, "this cluster is not configured for dual-stack services");
};

/** Without an address and a selector it is somebody else's to say what it leads to. */
function isOpen({ clusterIP, selector }: Json): boolean {
  return clusterIP === "None" && !(isJson(selector) && Object.keys(selector).length > 0);
}

const traffic: Check = (value, spec) => {
  if (value && !isExternal(spec as Spec) && !spec.externalIPs)
    return invalid(value, "may only be set for externally-accessible services");
  return value ? check.oneOf("Cluster", "Local")(value, spec) : undefined;
};

const healthPort: Check = (value, spec) => {
  const isAsked = isBalanced(spec as Spec) && spec.externalTrafficPolicy === "Local";
  if (!isAsked)
    return invalid(
      value,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    );
  return check.port(value, spec);
};

const nodePorts: Check = (value, spec) => {
  if (!Array.isArray(value) || isExternal(spec as Spec) || isNamed(spec as Spec)) return undefined;
  const index = value.findIndex(({ nodePort }) => nodePort);
  if (index < 0) return undefined;
  return forbidden("may not be used when `type` is 'ClusterIP'", `[${index}].nodePort`);
};

const inNodeRange: Check = (value) => {
  if (typeof value !== "number" || value === 0 || (value >= 30_000 && value <= 32_767)) return undefined;
  return invalid(value, "provided port is not in the valid range. The range of valid ports is 30000-32767");
};

const affinitySeconds: Check = (value) =>
  typeof value === "number" && (value < 1 || value > 86_400)
    ? invalid(value, "must be greater than 0 and less than 86400")
    : undefined;

const ranges: Check = (value) => {
  const { loadBalancerSourceRanges: list, ...spec } = value as Spec & {
    loadBalancerSourceRanges?: readonly string[];
  };
  // Upstream's name of the field is so.
  const field = ".LoadBalancerSourceRanges";
  if (list === undefined) return undefined;
  if (!isBalanced(spec)) return forbidden(balancedWords, field);
  const index = list.findIndex((range) => check.cidr(range.trim(), {}) !== undefined);
  const problem = index < 0 ? undefined : check.cidr(list[index]?.trim(), {});
  return problem && { ...problem, field: `${field}[${index}]` };
};

const samePorts: Check = (value) => {
  const seen = new Set<string>();
  for (const [index, { protocol = "TCP", port }] of (value as readonly Json[]).entries()) {
    const key = `${protocol} ${port}`;
    if (seen.has(key)) return check.duplicate({ port, protocol }, `[${index}]`);
    seen.add(key);
  }
  return undefined;
};

const some: Check = (value) => {
  const { ports = [], clusterIP, type } = value as Spec;
  return ports.length === 0 && clusterIP !== "None" && type !== "ExternalName"
    ? required(undefined, ".ports")
    : undefined;
};

const externalName: Check = (value) => {
  const { type, externalName: name } = value as Spec & { externalName?: string };
  if (type !== "ExternalName") return undefined;
  const problem = name ? check.subdomain(name, {}) : required();
  return problem && { ...problem, field: ".externalName" };
};

const portNames: Check = (value) => {
  const ports = value as readonly { readonly name?: string }[];
  const seen = new Set<string>();
  for (const [index, { name = "" }] of ports.entries()) {
    const field = `[${index}].name`;
    if (name === "" && ports.length > 1) return required(undefined, field);
    if (name !== "" && seen.has(name)) return check.duplicate(name, field);
    seen.add(name);
  }
  return undefined;
};

/** What holds of a Service beyond its schema. */
export const serviceRules: readonly Rule[] = [
  ["spec", some, externalName, noAddress, clusterAddresses, clusterAddress, ranges],
  ["spec.ports", portNames, nodePorts, samePorts],
  ["spec.ports[].name", check.label],
  ["spec.ports[].port", check.port],
  ["spec.ports[].targetPort", check.portOrName],
  ["spec.ports[].nodePort", inNodeRange],
  ["spec.ports[].appProtocol", check.qualified],
  ["spec.ipFamilies", notNamed, families],
  ["spec.ipFamilyPolicy", notNamed, policy],
  ["spec.selector", check.labels],
  ["spec.sessionAffinityConfig.clientIP.timeoutSeconds", affinitySeconds],
  ["spec.externalIPs[]", check.ipAddress],
  ["spec.allocateLoadBalancerNodePorts", balancedOnly],
  ["spec.loadBalancerClass", balancedOnly, check.qualified],
  ["spec.externalTrafficPolicy", traffic],
  ["spec.healthCheckNodePort", healthPort],
  ["spec.trafficDistribution", check.oneOf("PreferClose", "PreferSameZone", "PreferSameNode")],
];
