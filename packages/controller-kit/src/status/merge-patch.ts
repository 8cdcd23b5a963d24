import { isDeepStrictEqual } from "node:util";

type Fields = Record<string, unknown>;

/** The JSON merge patch (RFC 7396) that makes `before` equal `wanted`; undefined when it is already. */
export function createMergePatch(before: Fields, wanted: Fields): Fields | undefined {
  const patch: Fields = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(wanted)])) {
    const difference = differenceOf(before[name], wanted[name]);
    if (difference !== undefined) patch[name] = difference;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function differenceOf(before: unknown, wanted: unknown): unknown {
  if (isDeepStrictEqual(before, wanted)) return undefined;
  if (wanted === undefined || wanted === null) return before === undefined ? undefined : null;
  return isFields(before) && isFields(wanted) ? createMergePatch(before, wanted) : wanted;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
