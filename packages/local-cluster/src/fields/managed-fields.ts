import { StatusError } from "../errors.ts";
import type { Draft } from "../kinds/resource.ts";
import type { Schema } from "../kinds/schema.ts";
import type { Json } from "../schema/prune.ts";
import { difference, type FieldSet, intersection, isEmpty, members, pathText, union } from "./field-set.ts";
import { mergeApplied, removeFields } from "./merge-applied.ts";
import { compare, fieldsOf } from "./value-fields.ts";

export interface ManagedFieldsEntry {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time?: string;
  fieldsType: "FieldsV1";
  fieldsV1: FieldSet;
  subresource?: string;
}

/** Who writes: the names under which a write's fields are recorded. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string;
  /** RFC 3339, to the second. */
  readonly time: string;
}

/** Records an update: the writer owns what it changed, nobody owns what it removed. Returns the new entries. */
export function trackUpdate(
  before: Draft | undefined,
  after: Draft,
  schema: Schema,
  writer: Writer,
): ManagedFieldsEntry[] {
  const entries = entriesOf(after);
  const { changed, removed } = compare(before === undefined ? {} : owned(before), owned(after), schema);
  if (isEmpty(changed) && isEmpty(removed)) return entries;
  const gone = union(changed, removed);
  const others = entries.flatMap((entry) =>
    isWriter(entry, writer, "Update")
      ? []
      : keep(entry, difference(entry.fieldsV1, entry.operation === "Apply" ? gone : gone)),
  );
  const own = entries.find((entry) => isWriter(entry, writer, "Update"));
  const fields = difference(union(own?.fieldsV1 ?? {}, changed), removed);
  return sorted(isEmpty(fields) ? others : [...others, newEntry(writer, "Update", fields, own)]);
}

export interface Applied {
  readonly object: Draft;
  readonly entries: ManagedFieldsEntry[];
}

/** Server-side apply. Throws Conflict, naming every field that another manager holds, unless `force`. */
export function applyConfiguration(
  live: Draft | undefined,
  config: Draft,
  schema: Schema,
  writer: Writer,
  force: boolean,
): Applied {
  const entries = live === undefined ? [] : entriesOf(live);
  const own = entries.find((entry) => isWriter(entry, writer, "Apply"));
  const others = entries.filter((entry) => entry !== own);
  const set = fieldsOf(owned(config), schema);
  const base = live === undefined ? {} : owned(live);
  const merged = mergeApplied(base, owned(config), schema) as Json;
  const heldBy = others.reduce<FieldSet>((all, entry) => union(all, entry.fieldsV1), set);
  const dropped = difference(own?.fieldsV1 ?? {}, heldBy);
  const result = isEmpty(dropped) ? merged : ((removeFields(merged, dropped, heldBy, schema) ?? {}) as Json);
  const { changed, removed } = compare(base, result, schema);
  const conflicts = others
    .map((entry) => ({ entry, fields: intersection(entry.fieldsV1, changed) }))
    .filter(({ fields }) => !isEmpty(fields));
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  const lost = union(changed, removed);
  const left = others.flatMap((entry) => keep(entry, difference(entry.fieldsV1, lost)));
  const mine = newEntry(writer, "Apply", set, own);
  const object = { ...result, metadata: { ...untracked(live), ...(result.metadata as object) } } as Draft;
  return { object, entries: sorted(isEmpty(set) ? left : [...left, mine]) };
}

/** The parts of an object whose ownership is tracked. */
function owned(object: Draft): Json {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const { labels, annotations, finalizers, ownerReferences, generateName } = metadata ?? {};
  const tracked = { labels, annotations, finalizers, ownerReferences, generateName };
  const present = Object.entries(tracked).filter(([, value]) => value !== undefined);
  return present.length === 0 ? rest : { metadata: Object.fromEntries(present), ...rest };
}

/** The rest of an object's metadata: nobody applies it, so nothing of it is taken away. */
function untracked(object: Draft | undefined): object {
  const {
    labels: _labels,
    annotations: _annotations,
    finalizers: _finalizers,
    ownerReferences: _ownerReferences,
    generateName: _generateName,
    ...rest
  } = object?.metadata ?? {};
  return rest;
}

export function entriesOf(object: Draft): ManagedFieldsEntry[] {
  const entries = (object.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  return entries.filter((entry) => entry.fieldsV1 !== undefined && entry.manager !== undefined);
}

function isWriter(entry: ManagedFieldsEntry, writer: Writer, operation: "Apply" | "Update"): boolean {
  return (
    entry.operation === operation &&
    entry.manager === writer.manager &&
    (entry.subresource ?? "") === (writer.subresource ?? "") &&
    (operation === "Apply" || entry.apiVersion === writer.apiVersion)
  );
}

function newEntry(
  writer: Writer,
  operation: "Apply" | "Update",
  fieldsV1: FieldSet,
  before: ManagedFieldsEntry | undefined,
): ManagedFieldsEntry {
  const same =
    before !== undefined &&
    isEmpty(difference(fieldsV1, before.fieldsV1)) &&
    isEmpty(difference(before.fieldsV1, fieldsV1));
  if (same && before.apiVersion === writer.apiVersion) return before;
  return {
    manager: writer.manager,
    operation,
    apiVersion: writer.apiVersion,
    time: writer.time,
    fieldsType: "FieldsV1",
    fieldsV1,
    ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
  };
}

function keep(entry: ManagedFieldsEntry, fieldsV1: FieldSet): ManagedFieldsEntry[] {
  return isEmpty(fieldsV1) ? [] : [{ ...entry, fieldsV1 }];
}

function sorted(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const rank = (entry: ManagedFieldsEntry) =>
    [entry.operation, entry.time ?? "", entry.manager, entry.apiVersion, entry.subresource ?? ""].join("\0");
  return [...entries].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function conflictError(conflicts: readonly { entry: ManagedFieldsEntry; fields: FieldSet }[]): StatusError {
  const causes = conflicts.flatMap(({ entry, fields }) =>
    members(fields).map((path) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${managerText(entry)}`,
      field: pathText(path),
    })),
  );
  const lines = conflicts.map(({ entry, fields }) => {
    const paths = members(fields).map(pathText);
    return paths.length === 1
      ? `conflict with ${managerText(entry)}: ${paths[0]}`
      : `conflicts with ${managerText(entry)}:\n${paths.map((path) => `- ${path}`).join("\n")}`;
  });
  const count = causes.length;
  const head = `Apply failed with ${count} conflict${count === 1 ? "" : "s"}: `;
  return new StatusError("Conflict", head + lines.join("\n"), { causes });
}

function managerText(entry: ManagedFieldsEntry): string {
  const subresource = entry.subresource === undefined ? "" : ` with subresource "${entry.subresource}"`;
  const using = entry.operation === "Update" ? ` using ${entry.apiVersion}` : "";
  const at = entry.operation === "Update" && entry.time !== undefined && subresource === "" ? "" : "";
  return `"${entry.manager}"${subresource}${using}${at}`;
}
