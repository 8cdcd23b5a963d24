import { isIP } from "node:net";
import { nameRules, qualifiedName, qualifiedWords } from "../../pipeline/metadata.ts";
import { isJson } from "../../schema/prune.ts";
import type { Check, Problem } from "./rule.ts";

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

const named = ({ test, limit, words }: { test: RegExp; limit: number; words: string }): Check => {
  return (value) => {
    if (typeof value !== "string" || value === "") return undefined;
    if (value.length > limit) return invalid(value, `must be no more than ${limit} characters`);
    return test.test(value) ? undefined : invalid(value, words);
  };
};

export const label = named(nameRules.label);
export const serviceName = named(nameRules.service);
export const subdomain = named(nameRules.subdomain);

/** `example.com/name`, or a name alone. */
export const qualified: Check = unless(
  (key) => qualifiedName.test(key.slice(key.indexOf("/") + 1)),
  qualifiedWords,
);

export const qualifiedKeys: Check = (value) => {
  const bad = Object.keys(isJson(value) ? value : {}).find(
    (key) => !qualifiedName.test(key.slice(key.indexOf("/") + 1)),
  );
  return bad === undefined ? undefined : invalid(bad, qualifiedWords);
};

/** `example.com/path`. */
export const domainPath: Check = unless(
  (text) => text === "" || /^[a-z0-9.-]+\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(text),
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

/** A label selector's expressions. */
export const selector: Check = (value) => {
  const expressions = isJson(value) && Array.isArray(value.matchExpressions) ? value.matchExpressions : [];
  for (const [index, { operator, values = [] }] of expressions.entries()) {
    const field = `.matchExpressions[${index}]`;
    const wantsValues = operator === "In" || operator === "NotIn";
    if (!wantsValues && operator !== "Exists" && operator !== "DoesNotExist")
      return invalid(operator, "not a valid selector operator", `${field}.operator`);
    if (wantsValues && values.length === 0)
      return required("must be specified when `operator` is 'In' or 'NotIn'", `${field}.values`);
    if (!wantsValues && values.length > 0)
      return forbidden(
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        `${field}.values`,
      );
  }
  return undefined;
};
