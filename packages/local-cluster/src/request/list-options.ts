import { badRequest, type Fault, invalid } from "../errors.ts";
import { forbidden, unsupported } from "../kinds/constraints/checks.ts";
import type { Problem } from "../kinds/constraints/rule.ts";

const numbers = ["limit", "timeoutSeconds"];
const matches = ["Exact", "NotOlderThan", ""];

/** Throws BadRequest or Invalid for options of a list or watch that say nothing that could be done. */
export function assertListOptions(query: URLSearchParams, isWatch: boolean): void {
  for (const name of numbers) integerOf(query, name);
  const faults = [...matchFaults(query, isWatch), ...initialFaults(query, isWatch)];
  if (faults.length > 0) throw invalidOptions("ListOptions", faults);
}

/** The number an option holds; undefined when it is not there. Throws BadRequest. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** 422 for options that contradict each other or mean nothing. */
export function invalidOptions(kind: string, faults: readonly Fault[]) {
  return invalid({ group: "meta.k8s.io", kind, plural: kind }, "", faults);
}

function matchFaults(query: URLSearchParams, isWatch: boolean): Fault[] {
  const match = query.get("resourceVersionMatch") ?? "";
  const revision = query.get("resourceVersion") ?? "";
  const field = "resourceVersionMatch";
  if (match === "") return [];
  const at = (problem: Problem): Fault[] => [{ ...problem, field }];
  if (isWatch)
    return query.has("sendInitialEvents")
      ? []
      : at(forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  if (revision === "")
    return at(forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"));
  if (query.get("continue"))
    return at(forbidden("resourceVersionMatch is forbidden when continue is provided"));
  if (!matches.includes(match)) return at(unsupported(match, matches));
  return match === "Exact" && revision === "0"
    ? at(forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    : [];
}

function initialFaults(query: URLSearchParams, isWatch: boolean): Fault[] {
  if (isWatch || !query.has("sendInitialEvents")) return [];
  return [{ ...forbidden("sendInitialEvents is forbidden for list"), field: "sendInitialEvents" }];
}
