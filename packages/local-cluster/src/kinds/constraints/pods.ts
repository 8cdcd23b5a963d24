import { isJson, type Json } from "../../schema/prune.ts";
import { parseQuantity } from "../../schema/quantity.ts";
import * as check from "./checks.ts";
import type { Check, Problem, Rule } from "./rule.ts";

const { forbidden, invalid, required, unsupported } = check;

/** That exactly one of these is set; `words` is what is said of none. */
const oneHandler =
  (names: readonly string[], words: string): Check =>
  (value) => {
    const found = isJson(value)
      ? names.filter((name) => value[name] !== undefined && value[name] !== null)
      : [];
    const [, second] = found;
    if (found.length === 0) return required(words);
    return second === undefined
      ? undefined
      : forbidden("may not specify more than 1 handler type", `.${second}`);
  };

const handler = oneHandler(["exec", "httpGet", "tcpSocket", "grpc"], "must specify a handler type");
const hook = oneHandler(["exec", "httpGet", "tcpSocket", "sleep"], "must specify a handler type");
const once: Check = (value) =>
  typeof value === "number" && value > 1 ? invalid(value, "must be 1") : undefined;

const environmentName: Check = (value) =>
  typeof value === "string" && value !== "" && !/^[ -<>-~]+$/.test(value)
    ? invalid(
        value,
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      )
    : undefined;

const valueSource: Check = (value, parent) => {
  if (parent.value !== undefined && parent.value !== "")
    return invalid("", "may not be specified when `value` is not empty");
  return isJson(value) && Object.keys(value).length === 0
    ? invalid("", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`")
    : undefined;
};

const environmentFields =
  /^(?:metadata\.(?:name|namespace|uid|labels\['.+'\]|annotations\['.+'\])|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIPs?|podIPs?))$/;

const environmentField: Check = (value) =>
  typeof value === "string" && !environmentFields.test(value)
    ? invalid(value, `error converting fieldPath: field label not supported: ${value}`)
    : undefined;

const volumeFields = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

/** Upstream names the field without its item. */
const volumeField: Check = (value) => {
  const items = isJson(value) && Array.isArray(value.items) ? value.items : [];
  const paths = items.map((item) => item?.fieldRef?.fieldPath).filter((path) => typeof path === "string");
  const bad = paths.find((path) => !volumeFields.includes(path.replace(/\['.+'\]$/, "")));
  return bad === undefined ? undefined : unsupported(bad, volumeFields, ".fieldRef.fieldPath");
};

const sources: Check = (value) =>
  Array.isArray(value) && value.some((one) => !one?.configMapRef && !one?.secretRef)
    ? invalid("", "must specify one of: `configMapRef` or `secretRef`")
    : undefined;

const amounts: Check = (value) => {
  for (const [name, amount] of Object.entries(isJson(value) ? value : {})) {
    if ((parseQuantity(String(amount)) ?? 0) < 0)
      return invalid(amount, "must be greater than or equal to 0", `[${name}]`);
    if (!name.includes("/") && !/^(?:cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name))
      return invalid(name, "must be a standard resource type or fully qualified", `[${name}]`);
  }
  return undefined;
};

/** No more is asked for than is allowed. */
const requestsWithinLimits: Check = (value) => {
  const { limits, requests } = (isJson(value) ? value : {}) as Record<
    "limits" | "requests",
    Json | undefined
  >;
  for (const [name, amount] of Object.entries(requests ?? {})) {
    const limit = limits?.[name];
    if (limit === undefined) continue;
    if ((parseQuantity(String(amount)) ?? 0) > (parseQuantity(String(limit)) ?? 0))
      return invalid(amount, `must be less than or equal to ${name} limit of ${limit}`, ".requests");
  }
  return undefined;
};

const privilege: Check = (value) => {
  const { privileged, allowPrivilegeEscalation } = (isJson(value) ? value : {}) as Record<string, unknown>;
  return privileged === true && allowPrivilegeEscalation === false
    ? invalid(value, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
    : undefined;
};

const probes = "livenessProbe|readinessProbe|startupProbe";
const userId = check.between(0, 2_147_483_647);
const allContainers = "containers|initContainers[]";
const mode: Check = (value) =>
  typeof value === "number" && (value < 0 || value > 0o777)
    ? invalid(value, "must be a number between 0 and 0777 (octal), both inclusive")
    : undefined;
const relative: Check = (value) => {
  if (typeof value !== "string") return undefined;
  if (value === "") return required();
  if (value.startsWith("/")) return invalid(value, "must be a relative path");
  return value.split("/").includes("..") ? invalid(value, "must not contain '..'") : undefined;
};
const noDots: Check = (value) =>
  typeof value === "string" && value.split("/").includes("..")
    ? invalid(value, "must not contain '..'")
    : undefined;

const oneVolume: Check = (value) => {
  const types = Object.keys(isJson(value) ? value : {}).filter((name) => name !== "name");
  const [, second] = types;
  if (types.length === 0) return required("must specify a volume type");
  return second === undefined
    ? undefined
    : forbidden("may not specify more than 1 volume type", `.${second}`);
};

const toleration: Check = (value) => {
  const { key, operator = "Equal", value: wanted } = (isJson(value) ? value : {}) as Record<string, unknown>;
  if (!key && operator !== "Exists")
    return invalid(
      operator,
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ".operator",
    );
  return operator === "Exists" && wanted
    ? invalid(wanted, "value must be empty when `operator` is 'Exists'", ".operator")
    : undefined;
};

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

/** What holds of a pod's spec, in a pod or in a template. */
export const podSpecRules: readonly Rule[] = [
  [`${allContainers}.ports[].name`, check.portName],
  [`${allContainers}.ports[].hostPort`, check.between(0, 65535)],
  [`${allContainers}.env[].name`, environmentName],
  [`${allContainers}.env[].valueFrom`, valueSource],
  [`${allContainers}.env[].valueFrom.fieldRef.fieldPath`, environmentField],
  [`${allContainers}.env[].valueFrom.secretKeyRef|configMapKeyRef`, check.has("name"), check.has("key")],
  [`${allContainers}.envFrom`, sources],
  [`${allContainers}.envFrom[].configMapRef|secretRef`, check.has("name")],
  [`${allContainers}.resources.limits|requests`, amounts],
  [`${allContainers}.resources`, requestsWithinLimits],
  [`${allContainers}.${probes}`, handler],
  [
    `${allContainers}.${probes}.initialDelaySeconds|timeoutSeconds|periodSeconds|successThreshold|failureThreshold`,
    check.atLeast(0),
  ],
  [`${allContainers}.livenessProbe|startupProbe.successThreshold`, once],
  [`${allContainers}.${probes}.httpGet|tcpSocket.port`, check.portOrName],
  [`${allContainers}.${probes}.exec`, check.has("command")],
  [
    `${allContainers}.readinessProbe.terminationGracePeriodSeconds`,
    (value) => invalid(value, "must not be set for readinessProbes"),
  ],
  [`${allContainers}.lifecycle.preStop|postStart`, hook],
  [`${allContainers}.lifecycle.preStop|postStart.exec`, check.has("command")],
  [`${allContainers}.securityContext`, privilege],
  [`${allContainers}.securityContext.runAsUser|runAsGroup`, userId],
  [`${allContainers}.resizePolicy[].resourceName`, check.oneOf("cpu", "memory")],
  ["initContainers[]", initProbes],
  ["securityContext.runAsUser|runAsGroup|fsGroup", userId],
  ["activeDeadlineSeconds", check.between(1, 2_147_483_647)],
  ["hostname|subdomain", check.label],
  ["nodeSelector", check.qualifiedKeys],
  ["nodeName", check.subdomain],
  ["tolerations[]", toleration],
  ["readinessGates[].conditionType", check.qualified],
  ["hostAliases[].ip", check.ipAddress],
  ["os.name", check.oneOf("linux", "windows")],
  ["topologySpreadConstraints[].maxSkew", check.atLeast(1, "must be greater than zero")],
  ["", hostPorts, nameServers],
  ["volumes[].name", check.label],
  ["volumes[]", oneVolume],
  ["volumes[].secret", check.has("secretName")],
  ["volumes[].configMap", check.has("name")],
  ["volumes[].secret|configMap|projected|downwardAPI.defaultMode", mode],
  ["volumes[].secret|configMap|downwardAPI.items[].mode", mode],
  ["volumes[].secret|configMap|downwardAPI.items[].path", relative],
  ["volumes[].projected.sources[].secret|configMap|downwardAPI.items[].path", relative],
  ["volumes[].downwardAPI", volumeField],
  ["volumes[].hostPath", check.has("path")],
  ["volumes[].hostPath.path", noDots],
];
