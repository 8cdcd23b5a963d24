import { createHash } from "node:crypto";
import {
  type FunctionSpec,
  labels,
  REVISION_FIELDS,
  REVISION_KEYS,
  type RevisionSpec,
} from "@kubeless/api-types";
import type { RenderedObject } from "@kubeless/controller-kit";
import { toSelector } from "./service.ts";
import { withoutJunk } from "./without-junk.ts";

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
