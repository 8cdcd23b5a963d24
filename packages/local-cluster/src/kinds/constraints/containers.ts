import { isJson, type Json } from "../../schema/prune.ts";
import { parseQuantity } from "../../schema/quantity.ts";
import * as check from "./checks.ts";
import { environmentRules } from "./container-environment.ts";
import { profile, userId } from "./pod-security.ts";
import { relative } from "./pod-volumes.ts";
import type { Check, Checks, Problem, Rule } from "./rule.ts";

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

const headers: Check = (value) => {
  const names = (Array.isArray(value) ? value : []).map((header) => String(header?.name ?? ""));
  const bad = names.find((name) => !/^[-A-Za-z0-9]+$/.test(name));
  const words =
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
  return bad === undefined ? undefined : invalid(bad, words);
};

const mountedOnce: Check = (value) => {
  const { subPath, subPathExpr } = value as Json;
  return subPath && subPathExpr
    ? invalid(subPathExpr, "subPathExpr and subPath are mutually exclusive", ".subPathExpr")
    : undefined;
};

/** Upstream names these fields of a container's mounts without their index. */
const mounts: Checks = (value, container) => {
  const isPrivileged = isJson(container.securityContext) && container.securityContext.privileged === true;
  return (Array.isArray(value) ? value : []).flatMap((mount: Json) => {
    const { subPath = "", subPathExpr = "", mountPropagation, recursiveReadOnly } = mount;
    return [
      ...check.beneath(".subPath", insideOf(subPath)),
      ...check.beneath(".subPathExpr", insideOf(subPathExpr)),
      ...(mountPropagation === "Bidirectional" && !isPrivileged
        ? [
            forbidden(
              "Bidirectional mount propagation is available only to privileged containers",
              ".mountPropagation",
            ),
          ]
        : []),
      ...(mountPropagation === ""
        ? [unsupported("", ["Bidirectional", "HostToContainer", "None"], ".mountPropagation")]
        : []),
      ...(recursiveReadOnly === undefined
        ? []
        : check.beneath(
            ".recursiveReadOnly",
            check.oneOf("Disabled", "Enabled", "IfPossible")(recursiveReadOnly, mount),
          )),
    ];
  });
};

function insideOf(path: unknown): Problem | undefined {
  return path === "" ? undefined : relative(path, {});
}

const resizing: Checks = (value) => {
  const policies = Array.isArray(value) ? value : [];
  const names = policies.map(({ resourceName = "" }) => resourceName);
  return policies.flatMap(({ resourceName = "", restartPolicy = "" }, index) => [
    ...(names.indexOf(resourceName) === index ? [] : [check.duplicate(resourceName, `[${index}]`)]),
    ...(resourceName === "" ? [required()] : []),
    ...(resourceName === "" || resourceName === "cpu" || resourceName === "memory"
      ? []
      : [unsupported(resourceName, ["cpu", "memory"])]),
    ...(restartPolicy === "" ? [required()] : []),
    ...(["", "NotRequired", "RestartContainer"].includes(restartPolicy)
      ? []
      : [unsupported(restartPolicy, ["NotRequired", "RestartContainer"])]),
  ]);
};

export const counted: Checks = (value) =>
  Object.entries(isJson(value) ? value : {}).flatMap(([name, amount]) => {
    const field = `[${name}]`;
    const unknown = check.resourceName(name, {}).map((problem) => ({ ...problem, field }));
    return (parseQuantity(String(amount)) ?? 0) < 0
      ? [invalid(amount, "must be greater than or equal to 0", field), ...unknown]
      : unknown;
  });

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

function notServed(what: string): Check {
  return () => forbidden(`this cluster serves no ${what}; leave it out`);
}

/** What holds of every container, whenever it runs. */
export const containerRules: readonly Rule[] = [
  ...environmentRules,
  ["ports[].name", check.portName],
  ["ports[].hostPort", check.between(0, 65535)],
  ["resources.limits|requests", counted],
  ["resources", requestsWithinLimits],
  [`${probes}`, handler],
  [
    `${probes}.initialDelaySeconds|timeoutSeconds|periodSeconds|successThreshold|failureThreshold`,
    check.atLeast(0),
  ],
  ["livenessProbe|startupProbe.successThreshold", once],
  [`${probes}.httpGet|tcpSocket.port`, check.portOrName],
  [`${probes}.exec`, check.has("command")],
  [`${probes}.httpGet.httpHeaders`, headers],
  ["livenessProbe|startupProbe.terminationGracePeriodSeconds", check.atLeast(1, "must be greater than 0")],
  [
    "readinessProbe.terminationGracePeriodSeconds",
    (value) => invalid(value, "must not be set for readinessProbes"),
  ],
  ["lifecycle.preStop|postStart", hook],
  ["lifecycle.preStop|postStart.exec", check.has("command")],
  ["lifecycle.preStop|postStart.httpGet|tcpSocket.port", check.portOrName],
  ["resources.claims[]", notServed("dynamic resources")],
  ["volumeDevices[].name", notServed("block devices")],
  ["volumeMounts[]", mountedOnce],
  ["volumeMounts", mounts],
  ["securityContext", privilege],
  ["securityContext.runAsUser|runAsGroup", userId],
  ["securityContext.procMount", check.oneOf("Default", "Unmasked")],
  ["securityContext.seccompProfile", profile("seccomp")],
  ["securityContext.appArmorProfile", profile("AppArmor")],
  ["resizePolicy", resizing],
];
