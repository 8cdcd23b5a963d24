import { isJson, type Json } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import { containerRules, counted } from "./containers.ts";
import { schedulingRules } from "./pod-scheduling.ts";
import { securityRules } from "./pod-security.ts";
import { volumeRules } from "./pod-volumes.ts";
import { type Check, type Problem, type Rule, under } from "./rule.ts";

const { forbidden, invalid, required } = check;

const initProbes: Check = (value) => {
  const container = isJson(value) ? value : {};
  if (container.restartPolicy === "Always") return undefined;
  const set = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"].find(
    (name) => container[name],
  );
  return set === undefined
    ? undefined
    : forbidden("may not be set for init containers without restartPolicy=Always", `.${set}`);
};

const hostPorts: Check = (spec): Problem | undefined => {
  if (!isJson(spec) || spec.hostNetwork !== true || !Array.isArray(spec.containers)) return undefined;
  for (const [at, container] of spec.containers.entries()) {
    const ports: Json[] = container?.ports ?? [];
    const index = ports.findIndex(({ hostPort, containerPort }) => hostPort && hostPort !== containerPort);
    if (index >= 0)
      return {
        ...invalid(ports[index]?.hostPort, "must match `containerPort` when `hostNetwork` is true"),
        field: `.containers[${at}].ports[${index}].hostPort`,
      };
  }
  return undefined;
};

const nameServers: Check = (spec) =>
  isJson(spec) && spec.dnsPolicy === "None" && spec.dnsConfig === undefined
    ? required("must provide `dnsConfig` when `dnsPolicy` is None", ".dnsConfig")
    : undefined;

/** A domain to look names up in; it may end with a dot and hold underscores. */
const search: Check = (value) => {
  const domain = String(value).replace(/\.$/, "");
  const words =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
  return domain === "" && value === "."
    ? undefined
    : /^[a-z0-9_]([-_a-z0-9.]*[a-z0-9_])?$/.test(domain)
      ? undefined
      : invalid(value, words);
};

const address: Check = (value, parent) => {
  const [problem] = check.beneath(".ip", check.ipAddress(isJson(value) ? (value.ip ?? "") : "", parent));
  return problem;
};

/** What holds of a pod's spec, in a pod or in a template. */
export const podSpecRules: readonly Rule[] = [
  ...under("containers|initContainers[]", containerRules),
  ...under("securityContext", securityRules),
  ["initContainers[]", initProbes],
  ["activeDeadlineSeconds", check.between(1, 2_147_483_647)],
  ["hostname|subdomain", check.label],
  ["serviceAccountName", check.subdomain],
  ["priorityClassName", check.subdomain],
  ["runtimeClassName", check.givenSubdomain],
  [
    "overhead",
    (value, spec) =>
      counted(value, spec).map((problem) => ({ ...problem, field: `.limits${problem.field}` })),
  ],
  ...schedulingRules,
  ["readinessGates[].conditionType", check.qualified],
  ["hostAliases[]", address],
  ["hostAliases[].hostnames[]", check.givenSubdomain],
  ["dnsConfig.nameservers[]", check.ipAddress],
  ["dnsConfig.searches[]", search],
  [
    "dnsConfig.options[]",
    (value) => (isJson(value) && !value.name ? required("must not be empty") : undefined),
  ],
  ["os", (value) => (isJson(value) ? check.oneOf("linux", "windows")(value.name ?? "", value) : undefined)],
  ["", hostPorts, nameServers],
  ...volumeRules,
  ["resourceClaims", () => forbidden("this cluster serves no dynamic resources; leave it out")],
];
