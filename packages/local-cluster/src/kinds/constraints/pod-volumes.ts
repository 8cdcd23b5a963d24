import { isJson, type Json } from "../../schema/prune.ts";
import { parseQuantity } from "../../schema/quantity.ts";
import * as check from "./checks.ts";
import { type Check, type Checks, type Problem, type Rule, under } from "./rule.ts";

const { forbidden, invalid, required, unsupported } = check;

const mode: Check = (value) =>
  typeof value === "number" && (value < 0 || value > 0o777)
    ? invalid(value, "must be a number between 0 and 0777 (octal), both inclusive")
    : undefined;

export const relative: Check = (value) => {
  if (typeof value !== "string") return undefined;
  if (value === "") return required();
  if (value.startsWith("/")) return invalid(value, "must be a relative path");
  return noDots(value, {});
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

const oneSource: Checks = (value) => {
  const [first, second] = Object.keys(isJson(value) ? value : {});
  if (first === undefined) return [];
  return second === undefined ? [] : [forbidden("may not specify more than 1 volume type per source")];
};

const volumeFields = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

const volumeResources = ["cpu", "ephemeral-storage", "hugepages-*", "memory"].flatMap((name) => [
  `limits.${name}`,
  `requests.${name}`,
]);

/** The same of a container's environment; upstream lists them in this order. */
const amounts = [...volumeResources].sort();

const isAmount = (name: unknown): boolean =>
  amounts.includes(String(name)) || /^(?:limits|requests)\.hugepages-./.test(String(name));

const divisors: Readonly<Record<string, readonly string[]>> = {
  cpu: ["1m", "1"],
  other: ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
};

/** By what an amount may be divided. */
function divisorProblem({ resource, divisor }: Json): Problem | undefined {
  const allowed = divisors[String(resource).endsWith(".cpu") ? "cpu" : "other"] ?? [];
  if (divisor === undefined || divisor === "0" || allowed.includes(String(divisor))) return undefined;
  const list = allowed.length === 2 ? "1m and 1" : allowed.join(", ");
  return invalid(
    resource,
    `only divisor's values ${list} are supported with the ${isCpu(resource)} resource`,
    ".divisor",
  );
}

function isCpu(resource: unknown): string {
  return String(resource).endsWith(".cpu") ? "cpu" : "memory";
}

/** Upstream names these fields without their item. */
const downward: Checks = (value) => {
  const items = isJson(value) && Array.isArray(value.items) ? value.items : [];
  return items.flatMap((item) =>
    isJson(item) ? [...downwardItem(item), ...check.beneath(".mode", mode(item.mode, item))] : [],
  );
};

function downwardItem({ fieldRef, resourceFieldRef }: Json): Problem[] {
  if (isJson(fieldRef)) {
    const both = isJson(resourceFieldRef)
      ? [invalid("resource", "fieldRef and resourceFieldRef can not be specified simultaneously")]
      : [];
    return [...check.beneath(".fieldRef.fieldPath", volumeField(fieldRef)), ...both];
  }
  if (!isJson(resourceFieldRef)) return [required("one of fieldRef and resourceFieldRef is required")];
  return resourceProblems(resourceFieldRef).map((one) => ({
    ...one,
    field: `.resourceFieldRef${one.field}`,
  }));
}

function volumeField({ apiVersion = "v1", fieldPath }: Json): Problem | undefined {
  if (!fieldPath) return required();
  if (apiVersion !== "v1")
    return invalid(fieldPath, `error converting fieldPath: unsupported pod version: ${String(apiVersion)}`);
  const isKnown = volumeFields.includes(String(fieldPath).replace(/\['.+'\]$/, ""));
  if (isKnown) return undefined;
  return /^(?:metadata|spec|status)\.[\w.]+$/.test(String(fieldPath))
    ? unsupported(fieldPath, volumeFields)
    : invalid(fieldPath, `error converting fieldPath: field label not supported: ${String(fieldPath)}`);
}

function resourceProblems(reference: Json): Problem[] {
  return reference.containerName ? amountProblems(reference) : [required(undefined, ".containerName")];
}

/** What is wrong with an amount of a container that is asked for. */
export function amountProblems(reference: Json): Problem[] {
  const { resource } = reference;
  if (!resource) return [required(undefined, ".resource")];
  if (!isAmount(resource)) return [unsupported(resource, amounts, ".resource")];
  const problem = divisorProblem(reference);
  return problem === undefined ? [] : [problem];
}

/** Of all sources together: no file is written by two. */
const distinctPaths: Check = (value) => {
  const sources = isJson(value) && Array.isArray(value.sources) ? value.sources : [];
  const paths = sources.flatMap((source) => {
    if (!isJson(source)) return [];
    const lists = [source.secret, source.configMap, source.downwardAPI];
    const items = lists.flatMap((list) => (isJson(list) && Array.isArray(list.items) ? list.items : []));
    const token = isJson(source.serviceAccountToken) ? [source.serviceAccountToken.path] : [];
    return [...items.map((item) => item?.path), ...token];
  });
  const double = paths.find((path, index) => path && paths.indexOf(path) !== index);
  return double === undefined ? undefined : invalid(double, "conflicting duplicate paths");
};

/** Upstream names this field so. */
const tokenPaths: Checks = (value) => {
  const sources = isJson(value) && Array.isArray(value.sources) ? value.sources : [];
  return sources.flatMap((source) =>
    isJson(source) && isJson(source.serviceAccountToken)
      ? check.beneath(".path", relative(source.serviceAccountToken.path ?? "", {}))
      : [],
  );
};

const sizeLimit: Check = (value) =>
  (parseQuantity(String(value)) ?? 0) < 0
    ? forbidden("SizeLimit field must be a valid resource quantity")
    : undefined;

const expiry: Check = (value) => {
  if (typeof value !== "number") return undefined;
  return value < 600 ? invalid(value, "may not specify a duration less than 10 minutes") : undefined;
};

const files: readonly Rule[] = [
  ["items[].key", check.notEmpty()],
  ["items[].path", relative],
  ["items[].mode", mode],
];

/** What holds of one volume. */
const volume: readonly Rule[] = [
  ["", oneVolume, check.has("name")],
  ["name", check.label],
  ["secret", check.has("secretName")],
  ["configMap", check.has("name")],
  ...under("secret|configMap", files),
  ["secret|configMap|projected|downwardAPI.defaultMode", mode],
  ["downwardAPI", downward],
  ["downwardAPI.items[].path", relative],
  ["emptyDir.sizeLimit", sizeLimit],
  ["projected", distinctPaths, tokenPaths],
  ["projected.sources[]", oneSource],
  ["projected.sources[].secret|configMap", check.has("name")],
  ...under("projected.sources[].secret|configMap", files),
  ["projected.sources[].downwardAPI", downward],
  ["projected.sources[].downwardAPI.items[].path", relative],
  ["projected.sources[].serviceAccountToken.expirationSeconds", expiry],
  ["hostPath", check.has("path")],
  ["hostPath.path", noDots],
  ["persistentVolumeClaim", check.has("claimName")],
];

/** What holds of a pod's volumes. */
export const volumeRules: readonly Rule[] = under("volumes[]", volume);
