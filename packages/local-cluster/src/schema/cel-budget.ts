import type { Fault } from "../errors.ts";
import type { Place } from "./cel-compile.ts";
import { largestCount } from "./cel-size.ts";

/** What kube-apiserver lets one rule cost at most, for all places of an object together; and all rules of a version. */
const expressionLimit = 10_000_000;
const totalLimit = 100_000_000;

const advice =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

/** Adds up what the rules of a version cost at most. */
export class Budget {
  readonly #costs: { readonly field: string; readonly cost: number }[] = [];

  /** Takes the cost of an expression at its place; a fault if that alone is too much. */
  add(what: "rule" | "messageExpression", cost: number, place: Place, field: string): Fault[] {
    const all = cost * (place.occurs === Infinity ? largestCount(place.schema) : place.occurs);
    this.#costs.push({ field, cost: all });
    return all > expressionLimit ? [tooCostly(field, `estimated ${what} cost`, all / expressionLimit)] : [];
  }

  /** What there is to say of all together, naming the dearest. */
  total(field: string): Fault[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= totalLimit) return [];
    const dearest = [...this.#costs].sort((one, other) => other.cost - one.cost).slice(0, 4);
    const message =
      "Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...dearest.map((one): Fault => ({ reason: "FieldValueForbidden", field: one.field, message })),
      tooCostly(field, what, total / totalLimit),
    ];
  }
}

function tooCostly(field: string, what: string, factor: number): Fault {
  const shown = factor > 100 ? "more than 100" : factor.toFixed(factor < 1.5 ? 6 : 1);
  const message = `Forbidden: ${what} exceeds budget by factor of ${shown}x ${advice}`;
  return { reason: "FieldValueForbidden", field, message };
}
