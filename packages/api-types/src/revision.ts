import type { FunctionSpec } from "./function.ts";

/** What of a Function's spec reaches the pod, and so makes a revision; the number of replicas does not. */
export const REVISION_FIELDS = [
  "function",
  "deps",
  "handler",
  "function-content-type",
  "checksum",
  "runtime",
  "timeout",
  "deployment",
  "service",
] as const satisfies readonly (keyof FunctionSpec)[];

export type RevisionSpec = Pick<FunctionSpec, (typeof REVISION_FIELDS)[number]>;

/** The keys of a revision's ConfigMap. `spec.json` is the revision's spec without what the other two keys hold. */
export const REVISION_KEYS = { source: "source", dependencies: "deps", spec: "spec.json" } as const;

/**
 * The spec that a revision's ConfigMap holds: written over a Function's spec it rolls the Function back to it. Fields
 * that the revision did not set are undefined, so that they can be removed.
 * @throws SyntaxError when `spec.json` is no JSON.
 */
export function parseRevision(data: Readonly<Record<string, string>>): RevisionSpec {
  const stored = JSON.parse(data[REVISION_KEYS.spec] ?? "{}") as RevisionSpec;
  const spec = { ...stored, function: data[REVISION_KEYS.source], deps: data[REVISION_KEYS.dependencies] };
  return Object.fromEntries(REVISION_FIELDS.map((field) => [field, spec[field]])) as RevisionSpec;
}
