import type { LabelSelector } from "../api/cluster-api.ts";
import { badRequest } from "../errors.ts";
import { keyProblems, labelFaults } from "../pipeline/metadata.ts";

type Labels = Readonly<Record<string, string>>;
export type LabelMatcher = (labels: Labels | undefined) => boolean;

/** Parses `a=b,c!=d,e in (f,g),!h,i` into a test; throws BadRequest. */
export function parseLabelSelector(text: string): LabelMatcher {
  if (/,\s*(?:,|$)/.test(text)) throw badRequest("found ',', expected: identifier after ','");
  const tests = splitTop(text).map(parseRequirement);
  return (labels) => tests.every((test) => test(labels ?? {}));
}

/** The test of a `LabelSelector` object; an empty one takes everything. */
export function labelMatcher(selector: LabelSelector | undefined): LabelMatcher {
  if (selector === undefined) return () => true;
  const equal = Object.entries(selector.matchLabels ?? {});
  const tests = (selector.matchExpressions ?? []).map(({ key, operator, values }) =>
    requirement(key, operator, values ?? []),
  );
  return (labels = {}) =>
    equal.every(([key, value]) => labels[key] === value) && tests.every((test) => test(labels));
}

function splitTop(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

const pattern =
  /^(?:(!)\s*([\w./-]+)|([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*)|\s+(in|notin)\s*\(([^)]*)\)|([<>])\s*(-?\d+))?)$/;

function parseRequirement(text: string): (labels: Labels) => boolean {
  const parts = pattern.exec(text);
  if (parts === null) {
    if (/\s(?:in|notin)$/.test(text)) throw badRequest("unable to parse requirement: found '' expected: '('");
    throw badRequest(`unable to parse requirement: found '${text}', expected: a label selector like 'a=b'`);
  }
  const [, not, absent = "", key = "", operator, value = "", set, members = "", compare, number] = parts;
  if (not !== undefined) return requirement(absent, "DoesNotExist", []);
  if (operator !== undefined) return requirement(key, operator === "!=" ? "NotIn" : "In", [value]);
  if (set !== undefined)
    return requirement(
      key,
      set === "in" ? "In" : "NotIn",
      members.split(",").map((one) => one.trim()),
    );
  if (compare !== undefined) {
    const sign = compare === ">" ? 1 : -1;
    return (labels) => key in labels && (Number(labels[key]) - Number(number)) * sign > 0;
  }
  return requirement(key, "Exists", []);
}

function requirement(key: string, operator: string, values: readonly string[]): (labels: Labels) => boolean {
  assertRequirement(key, values);
  switch (operator) {
    case "In":
      return (labels) => labels[key] !== undefined && values.includes(labels[key]);
    case "NotIn":
      return (labels) => labels[key] === undefined || !values.includes(labels[key]);
    case "Exists":
      return (labels) => labels[key] !== undefined;
    case "DoesNotExist":
      return (labels) => labels[key] === undefined;
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`);
  }
}

/** No label has such a key or such a value. */
function assertRequirement(key: string, values: readonly string[]): void {
  const [words] = keyProblems(key);
  if (words !== undefined)
    throw badRequest(`unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${words}`);
  values.forEach((value, index) => {
    const [fault] = labelFaults({ a: value }, "");
    if (fault !== undefined)
      throw badRequest(`unable to parse requirement: values[${index}][${key}]: ${fault.message}`);
  });
}

export type FieldMatcher = (object: object) => boolean;

/** Parses `metadata.name=x,status.phase!=Running` into a test; a field the kind does not offer is BadRequest. */
export function parseFieldSelector(text: string, fields: readonly string[]): FieldMatcher {
  const tests = text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => fieldTest(part.trim(), fields));
  return (object) => tests.every((test) => test(object));
}

function fieldTest(text: string, fields: readonly string[]): FieldMatcher {
  const parts = /^([^=!]+)(==|=|!=)(.*)$/.exec(text);
  if (parts === null) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
  const [, field = "", operator, value] = parts;
  if (!fields.includes(field) && field !== "metadata.name" && field !== "metadata.namespace") {
    throw badRequest(
      fields.length > 0
        ? `field label not supported: ${field}`
        : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  const path = field === "source" ? ["source", "component"] : field.split(".");
  return (object) => (readField(object, path) === value) === (operator !== "!=");
}

function readField(object: object, path: readonly string[]): string {
  let value: unknown = object;
  for (const step of path)
    value =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  if (path.at(-1) === "unschedulable" || path.at(-1) === "hostNetwork") return String(value ?? false);
  return value === undefined || value === null ? "" : String(value);
}
