/**
 * A copy without what old objects hold though nobody meant it: nulls, empty strings and objects, and the zero
 * quantities in a container's limits and requests. Lists keep their empty members, whose place may matter; an empty
 * `securityContext` is a statement (OpenShift's way to say "choose the user yourself") and is kept.
 */
export function withoutJunk<T>(value: T): T {
  return (clean(value, "") ?? {}) as T;
}

function clean(value: unknown, key: string): unknown {
  if (value === null || value === "") return undefined;
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => clean(item, key) ?? {});
  if (typeof value !== "object" || value === undefined) return value;
  const isQuantities = key === "limits" || key === "requests";
  const entries = Object.entries(value)
    .map(([name, item]) => [name, isQuantities && isZero(item) ? undefined : clean(item, name)] as const)
    .filter(([, item]) => item !== undefined);
  return entries.length > 0 || MEANT_EMPTY.has(key) ? Object.fromEntries(entries) : undefined;
}

/** Objects that mean something by being there. */
const MEANT_EMPTY: ReadonlySet<string> = new Set(["securityContext", "emptyDir"]);

function isZero(quantity: unknown): boolean {
  return quantity === null || /^0+(\.0*)?[a-zA-Z]*$/.test(String(quantity));
}
