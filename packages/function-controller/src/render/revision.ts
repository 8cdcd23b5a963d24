import { createHash } from "node:crypto";
import type { FunctionSpec } from "@kubeless/api-types";
import { labels } from "@kubeless/api-types";
import type { RenderedObject } from "@kubeless/controller-kit";
import { toSelector } from "./service.ts";
import { withoutJunk } from "./without-junk.ts";

/** What of a Function's spec reaches the pod, and so makes a revision; the number of replicas does not. */
const REVISION_FIELDS = [
  "function",
  "deps",
  "handler",
  "function-content-type",
  "checksum",
  "runtime",
  "timeout",
  "deployment",
  "service",
] as const;

export type RevisionSpec = Pick<FunctionSpec, (typeof REVISION_FIELDS)[number]>;

/** The keys of a revision's ConfigMap. `spec.json` is the revision's spec without what the other two keys hold. */
export const REVISION_KEYS = { source: "source", dependencies: "deps", spec: "spec.json" } as const;

/** Ten hexadecimal digits that change exactly when something changes that reaches the pod. */
export function hashRevision(spec: FunctionSpec): string {
  return createHash("sha256")
    .update(JSON.stringify(sortKeys(toRevisionSpec(spec))))
    .digest("hex")
    .slice(0, 10);
}

export function toRevisionName(functionName: string, hash: string): string {
  return `${functionName}-${hash}`;
}

/** The immutable ConfigMap that holds a revision: pods of an old revision keep the old code. */
export function renderRevision(name: string, spec: FunctionSpec): RenderedObject {
  const hash = hashRevision(spec);
  const { function: source, deps, ...rest } = toRevisionSpec(spec);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: toRevisionName(name, hash), labels: { ...toSelector(name), [labels.revision]: hash } },
    immutable: true,
    data: {
      [REVISION_KEYS.spec]: JSON.stringify(sortKeys(rest), null, 2),
      ...(source ? { [REVISION_KEYS.source]: source } : {}),
      ...(deps ? { [REVISION_KEYS.dependencies]: deps } : {}),
    },
  } as RenderedObject;
}

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

function toRevisionSpec(spec: FunctionSpec): Partial<RevisionSpec> {
  const fields = Object.fromEntries(REVISION_FIELDS.map((field) => [field, spec[field]])) as Record<
    string,
    unknown
  >;
  return withoutJunk({ ...fields, deployment: withoutReplicas(fields.deployment) }) as Partial<RevisionSpec>;
}

function withoutReplicas(deployment: unknown): unknown {
  const { spec, ...rest } = (deployment ?? {}) as { spec?: Record<string, unknown> };
  const { replicas: _, ...others } = spec ?? {};
  return { ...rest, spec: others };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
