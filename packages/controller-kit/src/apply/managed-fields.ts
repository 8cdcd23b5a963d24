import type { ManagedFieldsEntry, ObjectMeta } from "../cluster/kubernetes-object.ts";
import { isRecord } from "./list-keys.ts";

/** Who the API server says owned the fields of an object that was never tracked, once it is first applied. */
const BEFORE_FIRST_APPLY = "before-first-apply";

type FieldSet = Record<string, unknown>;

export interface JoinedManagers {
  entries: ManagedFieldsEntry[];
  /** Whether a manager other than ourselves lost its fields. */
  tookOver: boolean;
}

/**
 * The entries with those of former managers (and our own from creating) joined to our Apply entry, so that what they
 * set and we do not render goes with our next apply; undefined when there is nothing to join. Entries for a
 * subresource stay. `kubectl apply --server-side` does the same with the fields of `kubectl apply`.
 */
export function joinManagers(
  metadata: ObjectMeta,
  apiVersion: string,
  ours: string,
  former: readonly string[],
): JoinedManagers | undefined {
  const entries = (metadata.managedFields ?? []).filter((entry) => !entry.subresource);
  const own = entries.filter((entry) => entry.manager === ours);
  const others = entries.filter((entry) => [...former, BEFORE_FIRST_APPLY].includes(entry.manager ?? ""));
  if (others.length === 0 && own.every((entry) => entry.operation === "Apply")) return undefined;
  const joined: ManagedFieldsEntry = {
    manager: ours,
    operation: "Apply",
    apiVersion,
    fieldsType: "FieldsV1",
    fieldsV1: [...own, ...others].map(fieldsOf).reduce(union, {}),
  };
  const gone = new Set([...own, ...others]);
  const rest = (metadata.managedFields ?? []).filter((entry) => !gone.has(entry));
  return { entries: [joined, ...rest], tookOver: others.length > 0 };
}

/** Whether one of the entries that `matches` holds the field. */
export function isFieldHeld(
  metadata: ObjectMeta,
  path: readonly string[],
  matches: (entry: ManagedFieldsEntry) => boolean,
): boolean {
  return (metadata.managedFields ?? []).some((entry) => matches(entry) && holds(fieldsOf(entry), path));
}

function holds(fields: FieldSet, path: readonly string[]): boolean {
  let at: unknown = fields;
  for (const name of path) {
    if (!isRecord(at)) return false;
    at = at[`f:${name}`];
  }
  return at !== undefined;
}

function fieldsOf(entry: ManagedFieldsEntry): FieldSet {
  return (entry.fieldsV1 ?? {}) as FieldSet;
}

function union(left: FieldSet, right: FieldSet): FieldSet {
  const joined = { ...left };
  for (const [name, fields] of Object.entries(right)) {
    const there = joined[name];
    joined[name] = isRecord(there) && isRecord(fields) ? union(there, fields) : fields;
  }
  return joined;
}
