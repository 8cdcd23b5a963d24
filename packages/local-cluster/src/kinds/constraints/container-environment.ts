import { isJson, type Json } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import { amountProblems } from "./pod-volumes.ts";
import type { Check, Rule } from "./rule.ts";

const { invalid, required } = check;

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
  const given = Object.keys(isJson(value) ? value : {});
  if (given.length > 1) return invalid("", "may not have more than one field specified at a time");
  return given.length === 0
    ? invalid("", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`")
    : undefined;
};

const environmentFields =
  /^(?:metadata\.(?:name|namespace|uid|labels\['.+'\]|annotations\['.+'\])|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIPs?|podIPs?))$/;

const environmentField: Check = (value, { apiVersion = "v1" }) => {
  if (value === "") return required();
  const why =
    apiVersion === "v1"
      ? `field label not supported: ${String(value)}`
      : `unsupported pod version: ${String(apiVersion)}`;
  return apiVersion === "v1" && environmentFields.test(String(value))
    ? undefined
    : invalid(value, `error converting fieldPath: ${why}`);
};

/** A key of a ConfigMap or Secret. */
const dataKey: Check = (value) => {
  const key = String(value ?? "");
  if (key === "") return undefined;
  const words =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  if (key.length > 253) return invalid(key, "must be no more than 253 bytes");
  return /^[-._a-zA-Z0-9]+$/.test(key) ? undefined : invalid(key, words);
};

/** Upstream takes an empty name for a wrong one. */
const sourceName: Check = (value) => {
  const { name = "" } = value as Json;
  const [problem] = check.beneath(".name", check.givenSubdomain(name, {}));
  return problem;
};

const sources: Check = (value) =>
  Array.isArray(value) && value.some((one) => !one?.configMapRef && !one?.secretRef)
    ? invalid("", "must specify one of: `configMapRef` or `secretRef`")
    : undefined;

/** What holds of a container's environment. */
export const environmentRules: readonly Rule[] = [
  ["env[].name", environmentName],
  ["env[].valueFrom", valueSource],
  ["env[].valueFrom.fieldRef.fieldPath", environmentField],
  ["env[].valueFrom.resourceFieldRef", (value) => amountProblems(value as Json)],
  ["env[].valueFrom.secretKeyRef|configMapKeyRef", sourceName, check.has("key")],
  ["env[].valueFrom.secretKeyRef|configMapKeyRef.key", dataKey],
  ["envFrom", sources],
  ["envFrom[].prefix", environmentName],
  ["envFrom[].configMapRef|secretRef", check.has("name")],
  ["envFrom[].configMapRef|secretRef.name", check.subdomain],
];
