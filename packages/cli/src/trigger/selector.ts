import { UsageError } from "../parse.ts";

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly Requirement[];
}

interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

/**
 * Reads a selector as kubectl writes them: `a=b`, `a==b`, `a:b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`, `!a`,
 * joined by commas.
 * @throws UsageError for what is none of these, and for a selector that selects by nothing
 */
export function parseSelector(text: string): LabelSelector {
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim());
  if (terms.every((term) => term === ""))
    throw new UsageError(
      "--function-selector selects by something, e.g. function=hello: empty, it would be every function.",
    );
  const matchLabels: Record<string, string> = {};
  const matchExpressions: Requirement[] = [];
  for (const term of terms) {
    const equal = /^([^\s=:!]+)\s*(?:==?|:)\s*(\S*)$/.exec(term);
    if (equal === null) matchExpressions.push(parseRequirement(term));
    else setOnce(matchLabels, equal[1] ?? "", equal[2] ?? "");
  }
  return {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  };
}

function setOnce(matchLabels: Record<string, string>, label: string, value: string): void {
  if ((matchLabels[label] ?? value) !== value)
    throw new UsageError(
      `--function-selector: no function has ${label}=${matchLabels[label]} and ${label}=${value}; write ${label} in (${matchLabels[label]},${value}) for either.`,
    );
  matchLabels[label] = value;
}

/** The opposite of {@link parseSelector}, in its shortest spelling. */
export function formatSelector(selector: LabelSelector | null | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(",")})`;
  });
  return [...equal, ...others].join(",");
}

function parseRequirement(term: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(term);
  if (set !== null) {
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    return { key: set[1] ?? "", operator: set[2] === "in" ? "In" : "NotIn", values };
  }
  const different = /^([^\s=:!]+)\s*!=\s*(\S*)$/.exec(term);
  if (different !== null) return { key: different[1] ?? "", operator: "NotIn", values: [different[2] ?? ""] };
  const exists = /^(!?)\s*([A-Za-z0-9][\w./-]*)$/.exec(term);
  if (exists !== null)
    return { key: exists[2] ?? "", operator: exists[1] === "!" ? "DoesNotExist" : "Exists" };
  throw new UsageError(
    `--function-selector: ${JSON.stringify(term)} is none of a=b, a!=b, a in (x,y), a notin (x,y), a, !a.`,
  );
}
