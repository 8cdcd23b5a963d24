import { isJson } from "../schema/prune.ts";

/** RFC 7386: null takes away, objects merge, everything else replaces. `target` stays as it is. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return structuredClone(patch);
  const result: Record<string, unknown> = isJson(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applyMergePatch(result[name], value);
  }
  return result;
}
