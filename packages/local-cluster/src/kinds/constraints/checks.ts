import { isIP } from "node:net";
import { keyProblems, labelFaults, nameRules, segmentProblem } from "../../pipeline/metadata.ts";
import { isJson, type Json } from "../../schema/prune.ts";
import type { Check, Checks, Problem } from "./rule.ts";

export function invalid(value: unknown, words: string, field?: string): Problem {
  const message = `Invalid value: ${JSON.stringify(value)}: ${words}`;
  return { reason: "FieldValueInvalid", message, ...(field === undefined ? {} : { field }) };
}

export function required(words?: string, field?: string): Problem {
  const message = words === undefined ? "Required value" : `Required value: ${words}`;
  return { reason: "FieldValueRequired", message, ...(field === undefined ? {} : { field }) };
}

export function forbidden(words: string, field?: string): Problem {
  const message = `Forbidden: ${words}`;
  return { reason: "FieldValueForbidden", message, ...(field === undefined ? {} : { field }) };
}

export function unsupported(value: unknown, values: readonly string[], field?: string): Problem {
  const list = values.map((one) => JSON.stringify(one)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", message, ...(field === undefined ? {} : { field }) };
}

export function duplicate(value: unknown, field?: string): Problem {
  const message = `Duplicate value: ${JSON.stringify(value)}`;
  return { reason: "FieldValueDuplicate", message, ...(field === undefined ? {} : { field }) };
}

/** Texts, numbers or whatever of which `is` holds; of nothing else is anything said. */
const unless =
  (is: (value: string) => boolean, words: string): Check =>
  (value) =>
    typeof value !== "string" || is(value) ? undefined : invalid(value, words);

export const atLeast =
  (least: number, words = `must be greater than or equal to ${least}`): Check =>
  (value) =>
    typeof value === "number" && value < least ? invalid(value, words) : undefined;

export const atMost =
  (most: number, words = `must be less than or equal to ${most}`): Check =>
  (value) =>
    typeof value === "number" && value > most ? invalid(value, words) : undefined;

export const between = (least: number, most: number): Check => {
  const words = `must be between ${least} and ${most}, inclusive`;
  return (value) =>
    typeof value === "number" && (value < least || value > most) ? invalid(value, words) : undefined;
};

export const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && values.includes(value) ? undefined : unsupported(value, values);

export const notEmpty =
  (words?: string): Check =>
  (value) =>
    value === "" || (Array.isArray(value) && value.length === 0) ? required(words) : undefined;

/** Of an object: that this field is there and not empty. */
export const has =
  (name: string, words?: string): Check =>
  (value) => {
    const field = isJson(value) ? value[name] : undefined;
    const isEmpty = field === undefined || field === null || field === "";
    return isEmpty || (Array.isArray(field) && field.length === 0) ? required(words, `.${name}`) : undefined;
  };

interface NameRule {
  readonly test: RegExp;
  readonly limit: number;
  readonly words: string;
}

const given = ({ test, limit, words }: NameRule): Check => {
  return (value) => {
    if (typeof value !== "string") return undefined;
    if (value.length > limit) return invalid(value, `must be no more than ${limit} bytes`);
    return test.test(value) ? undefined : invalid(value, words);
  };
};

/** Where an empty text means none. */
const named =
  (rule: NameRule): Check =>
  (value, parent) =>
    value === "" ? undefined : given(rule)(value, parent);

export const label = named(nameRules.label);
export const serviceName = named(nameRules.service);
export const subdomain = named(nameRules.subdomain);
/** Where an empty text is a wrong one. */
export const givenLabel = given(nameRules.label);
export const givenServiceName = given(nameRules.service);
export const givenSubdomain = given(nameRules.subdomain);

/** `example.com/name`, or a name alone. */
export const qualified: Check = (value) => {
  const [words] = typeof value === "string" ? keyProblems(value) : [];
  return words === undefined ? undefined : invalid(value, words);
};

/** Where an empty text is a wrong one. */
export const givenKey: Check = (value) => {
  const [words] = keyProblems(String(value ?? ""));
  return words === undefined ? undefined : invalid(value, words);
};

export const labelValue: Check = (value, parent) => labels({ a: value }, parent);

/** A map of labels: keys and values. */
export const labels: Check = (value) => {
  const [fault] = labelFaults((isJson(value) ? value : {}) as Record<string, string>, "");
  return fault && { reason: fault.reason, message: fault.message };
};

/** `example.com/path`. */
export const domainPath: Check = unless(
  (text) => text === "" || /^[a-z0-9][a-z0-9.-]*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(text),
  'must be a domain-prefixed path (such as "acme.io/foo")',
);

export const ipAddress: Check = unless(
  (text) => isIP(text) !== 0,
  "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
);

export const cidr: Check = unless((text) => {
  const [address = "", bits] = text.split("/");
  return (
    isIP(address) !== 0 && /^\d{1,3}$/.test(bits ?? "") && Number(bits) <= (isIP(address) === 4 ? 32 : 128)
  );
}, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");

export const port = between(1, 65535);

/** A port's own name, or the name of another's. */
export const portName: Check = (value) => {
  if (typeof value !== "string") return undefined;
  if (value.length > 15) return invalid(value, "must be no more than 15 characters");
  if (!/^[-a-z0-9]+$/.test(value))
    return invalid(value, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(value)) return invalid(value, "must contain at least one letter (a-z)");
  if (value.includes("--")) return invalid(value, "must not contain consecutive hyphens");
  return /^-|-$/.test(value) ? invalid(value, "must not begin or end with a hyphen") : undefined;
};

export const portOrName: Check = (value, parent) => portName(value, parent) ?? port(value, parent);

/** A count, or a share of 100 % at most unless it may be more. */
export const countOrShare =
  ({ over100 = false } = {}): Check =>
  (value) => {
    if (typeof value === "number") return atLeast(0)(value, {});
    if (typeof value !== "string") return undefined;
    if (!/^\d+%$/.test(value))
      return invalid(
        value,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      );
    return !over100 && Number.parseInt(value, 10) > 100
      ? invalid(value, "must not be greater than 100%")
      : undefined;
  };

/** A label selector: its labels and its expressions. */
export const selector: Checks = (value) => {
  if (!isJson(value)) return [];
  const { matchLabels, matchExpressions } = value;
  const expressions = Array.isArray(matchExpressions) ? matchExpressions : [];
  return [
    ...beneath(".matchLabels", labels(matchLabels, value)),
    ...expressions.flatMap((one, index) => expressionProblems(one, `.matchExpressions[${index}]`)),
  ];
};

function expressionProblems(expression: Json, field: string): Problem[] {
  const { key, operator, values } = expression;
  const list = Array.isArray(values) ? values : [];
  return [
    ...operatorProblems(operator, list, field),
    ...keyProblems(String(key ?? "")).map((words) => invalid(key, words, `${field}.key`)),
    ...list.flatMap((value, index) => beneath(`${field}.values[${index}]`, labels({ a: value }, expression))),
  ];
}

/** What is wrong with how many values an operator of a selector has. */
export function operatorProblems(operator: unknown, values: readonly unknown[], field: string): Problem[] {
  const wantsValues = operator === "In" || operator === "NotIn";
  if (!wantsValues && operator !== "Exists" && operator !== "DoesNotExist")
    return [invalid(operator, "not a valid selector operator", `${field}.operator`)];
  if (wantsValues && values.length === 0)
    return [required("must be specified when `operator` is 'In' or 'NotIn'", `${field}.values`)];
  if (wantsValues || values.length === 0) return [];
  const words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
  return [forbidden(words, `${field}.values`)];
}

/** A problem as one of a field beneath. */
export function beneath(field: string, problem: Problem | undefined): Problem[] {
  return problem === undefined ? [] : [{ ...problem, field: `${field}${problem.field ?? ""}` }];
}

/** A name that can be a part of a path. */
export const pathSegment: Check = (value) => {
  const words = segmentProblem(String(value));
  return words === undefined ? undefined : invalid(value, words);
};

/** Of an object: a kind or name that is there and can be a part of a path. */
export const reference =
  (...names: readonly string[]): Checks =>
  (value, parent) =>
    names.flatMap((name) => {
      const missing = has(name)(value, parent);
      return missing === undefined
        ? beneath(`.${name}`, pathSegment((value as Json)[name], parent))
        : missing;
    });

/** The name of something that can be counted out: a standard resource, or one with a domain. */
export const resourceName: Checks = (value) => {
  const name = String(value ?? "");
  if (name === "") return [];
  const standard = /^(?:cpu|memory|ephemeral-storage|storage|hugepages-.+)$/;
  const isKnown = name.includes("/") || standard.test(name);
  return [
    ...keyProblems(name).map((words) => invalid(name, words)),
    ...(isKnown ? [] : [invalid(name, "must be a standard resource type or fully qualified")]),
  ];
};
