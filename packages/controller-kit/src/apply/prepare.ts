import { annotations as names } from "@kubeless/api-types";
import type { Live, OwnerReference } from "../cluster/kubernetes-object.ts";
import { hashOf } from "./hash.ts";
import { deduplicateLists, isRecord } from "./list-keys.ts";

/** On every child: the hash of what was rendered when it was last applied. */
export const APPLIED_ANNOTATION = names.applied;

/** A rendered object ready to be written: owned, in a namespace, without duplicates, nulls and status, with its hash. */
export interface PreparedChild {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string | undefined;
    annotations: Record<string, string>;
    ownerReferences: OwnerReference[];
    [field: string]: unknown;
  };
  spec?: Record<string, unknown>;
  [field: string]: unknown;
}

interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string | undefined;
    annotations?: Record<string, string> | undefined;
  };
}

/** @throws TypeError when the child would lie in another namespace than its owner, which Kubernetes forbids. */
export function prepareChild(rendered: Rendered, owner: Live<object>): PreparedChild {
  const { status: _, ...clean } = dropNulls(deduplicateLists(rendered)) as Rendered & { status?: unknown };
  const namespace = owner.metadata.namespace;
  if ((clean.metadata.namespace ?? namespace) !== namespace) {
    throw new TypeError(
      `${clean.kind} ${clean.metadata.name} must lie in its owner's namespace ${namespace}.`,
    );
  }
  const owned = {
    ...clean,
    metadata: {
      ...clean.metadata,
      ...(namespace && { namespace }),
      ownerReferences: [toOwnerReference(owner)],
    },
  };
  const annotations = { ...clean.metadata.annotations, [APPLIED_ANNOTATION]: hashOf(owned) };
  return { ...owned, metadata: { ...owned.metadata, annotations } };
}

function toOwnerReference({ apiVersion, kind, metadata }: Live<object>): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
}

/** Objects of old carry nulls (`creationTimestamp: null`); to server-side apply they would be values. */
function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, of]) =>
      of === null || of === undefined ? [] : [[name, dropNulls(of)]],
    ),
  );
}
