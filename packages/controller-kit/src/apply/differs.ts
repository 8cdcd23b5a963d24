import { isRecord, listKeyOf } from "./list-keys.ts";
import { isQuantityPath, isSameQuantity } from "./quantity.ts";

/** Fields that are written and never read back. */
const WRITE_ONLY = new Set(["stringData"]);

/** Fields whose zero value the API server does not store (in Go: no pointer, `omitempty`). */
const ZERO_IS_ABSENT = new Set([
  ...["hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "readOnly", "paused"],
  ...["publishNotReadyAddresses", "minReadySeconds", "initialDelaySeconds", "nodePort", "hostPort"],
]);

/**
 * The path of the first rendered leaf that the live object does not have, or undefined when all are there. What the
 * live object has beside (defaults, other managers' fields) is not looked at. Empty values equal absent ones.
 */
export function findDifference(
  rendered: unknown,
  live: unknown,
  path: readonly string[] = [],
): string | undefined {
  if (Array.isArray(rendered) && rendered.length > 0) return findListDifference(rendered, live, path);
  if (isRecord(rendered)) return findFieldDifference(rendered, live, path);
  return isSameLeaf(rendered, live, path) ? undefined : path.join(".");
}

function isSameLeaf(rendered: unknown, live: unknown, path: readonly string[]): boolean {
  if (rendered === undefined || rendered === live || (isEmpty(rendered) && isEmpty(live))) return true;
  if (isQuantityPath(path) && isSameQuantity(rendered, live)) return true;
  return (
    live === undefined && (rendered === 0 || rendered === false) && ZERO_IS_ABSENT.has(path.at(-1) ?? "")
  );
}

function findFieldDifference(rendered: Record<string, unknown>, live: unknown, path: readonly string[]) {
  const other = isRecord(live) ? live : {};
  for (const [field, value] of Object.entries(rendered)) {
    if (WRITE_ONLY.has(field)) continue;
    const difference = findDifference(value, other[field], [...path, field]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function findListDifference(rendered: readonly unknown[], live: unknown, path: readonly string[]) {
  const other: readonly unknown[] = Array.isArray(live) ? live : [];
  const keyOf = listKeyOf(path.at(-1) ?? "", rendered);
  if (keyOf === undefined && rendered.length !== other.length) return path.join(".");
  const named = keyOf && new Map(other.filter(isRecord).map((entry) => [keyOf(entry), entry]));
  for (const [index, entry] of rendered.entries()) {
    const counterpart = keyOf === undefined ? other[index] : named?.get(keyOf(entry));
    if (counterpart === undefined) return [...path, String(index)].join(".");
    const difference = findDifference(entry, counterpart, [...path, String(index)]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** The API server drops empty values of optional fields, or fills in empty ones: they say nothing. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}
