import type { KubeObject } from "../api/cluster-api.ts";
import { badRequest, conflict, invalid, modified, notFound } from "../errors.ts";
import { entriesOf, trackUpdate } from "../fields/managed-fields.ts";
import { apiVersionOf, type Draft } from "../kinds/resource.ts";
import { strategies } from "../kinds/strategies.ts";
import { countsGenerations } from "../kinds/strategy.ts";
import { isEqual } from "../patch/json-patch.ts";
import { keyOf } from "../store/store.ts";
import { type Cluster, nowText, type Target, type WriteOptions } from "./cluster.ts";
import { fromStorage, toStorage } from "./conversion.ts";
import { assertNamespace, assertValid, decodeObject } from "./decode.ts";
import { endingFaults } from "./metadata.ts";
import { objectFaults } from "./validation.ts";

/** The object as the target's version shows it, as a copy to change. Throws NotFound. */
export function readDraft(cluster: Cluster, target: Target): Draft {
  return structuredClone(readObject(cluster, target)) as unknown as Draft;
}

/** The object as the target's version shows it. Throws NotFound. */
export function readObject(cluster: Cluster, target: Target): KubeObject {
  const { resource, version, namespace, name } = target;
  const stored = cluster.store.get(resource.storedAs, keyOf(namespace, name));
  if (stored === undefined) throw notFound(resource, name);
  return fromStorage(target, stored, version);
}

/** Kinds of which an update must say what it was made from. */
const versioned = new Set([
  "customresourcedefinitions.apiextensions.k8s.io",
  "leases.coordination.k8s.io",
  "poddisruptionbudgets.policy",
]);

function takesAnyVersion({ id, custom }: Target["resource"]): boolean {
  return !custom && !versioned.has(id);
}

/** PUT. */
export function updateObject(
  cluster: Cluster,
  target: Target,
  body: unknown,
  options: WriteOptions,
): KubeObject {
  const draft = decodeObject(cluster, target, body, options);
  assertNamespace(target, draft);
  if (!draft.metadata.name) throw badRequest("name is required in the request's body");
  if (draft.metadata.name !== target.name) {
    throw badRequest(
      `the name of the object (${draft.metadata.name}) does not match the name on the URL (${target.name})`,
    );
  }
  const before = readObject(cluster, target) as unknown as Draft;
  if (!draft.metadata.resourceVersion && !takesAnyVersion(target.resource) && !options.internal) {
    const message = "Invalid value: 0: must be specified for an update";
    const fault = { reason: "FieldValueInvalid", field: "metadata.resourceVersion", message } as const;
    throw invalid(target.resource, target.name, [fault]);
  }
  return replaceObject(cluster, target, before, draft, options, undefined);
}

/** Puts `draft` in the place of `before`: an update in every respect. `managedFields`: computed by an apply. */
export function replaceObject(
  cluster: Cluster,
  target: Target,
  before: Draft,
  draft: Draft,
  options: WriteOptions,
  managedFields: unknown[] | undefined,
): KubeObject {
  const { resource, version } = target;
  assertPreconditions(target, before, draft);
  const ending = endingFaults(draft, before);
  carryOver(target, before, draft, options);
  const strategy = strategies.get(resource.id);
  if (target.subresource === undefined) strategy?.prepareUpdate?.(draft, before, cluster);
  if (countsGenerations(resource) && specChanged(target, before, draft)) {
    draft.metadata.generation = (before.metadata.generation ?? 0) + 1;
  }
  const isNoChange = ending.length === 0 && isSame(before, draft) && !entriesChanged(before, managedFields);
  if (isNoChange) return before as unknown as KubeObject;
  const faults = [
    ...ending,
    ...objectFaults(cluster, target, draft, before),
    ...(target.subresource === undefined ? (strategy?.validateUpdate?.(draft, before) ?? []) : []),
  ];
  assertValid(target, target.name, faults);
  const entries = managedFields ?? trackChange(cluster, target, before, draft, options);
  if (entries.length > 0) draft.metadata.managedFields = entries;
  else delete draft.metadata.managedFields;
  if (options.dryRun) return draft as unknown as KubeObject;
  const key = keyOf(target.namespace, target.name);
  if (isReadyToGo(draft)) {
    const last = cluster.store.remove(resource.storedAs, key, toStorage(target, draft));
    strategy?.deleted?.(draft, cluster);
    return fromStorage(target, last ?? (draft as unknown as KubeObject), version);
  }
  const stored = cluster.store.put(resource.storedAs, key, toStorage(target, draft));
  strategy?.committed?.(stored as unknown as Draft, cluster, target);
  return fromStorage(target, cluster.store.get(resource.storedAs, key) ?? stored, version);
}

function assertPreconditions(target: Target, before: Draft, draft: Draft): void {
  const { resourceVersion, uid } = draft.metadata;
  if (uid && uid !== before.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`;
    throw conflict(target.resource, target.name, why);
  }
  if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
    throw conflict(target.resource, target.name, modified);
  }
}

/** What a write may not touch keeps its old value; status and the rest are written apart. */
function carryOver(target: Target, before: Draft, draft: Draft, options: WriteOptions): void {
  const old = before.metadata;
  const isStatus = target.subresource === "status";
  const given = isStatus
    ? {
        ...old,
        ...keptWithStatus(target, draft),
        managedFields: draft.metadata.managedFields ?? old.managedFields,
      }
    : draft.metadata;
  draft.metadata = {
    ...given,
    name: old.name,
    uid: old.uid,
    resourceVersion: old.resourceVersion,
    creationTimestamp: old.creationTimestamp,
  } as Draft["metadata"];
  const kept = ["namespace", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];
  for (const field of kept) {
    if (old[field] === undefined) delete draft.metadata[field];
    else draft.metadata[field] = old[field];
  }
  for (const field of ["labels", "annotations", "finalizers", "ownerReferences"]) {
    const value = draft.metadata[field];
    if (typeof value === "object" && value !== null && Object.keys(value).length === 0)
      delete draft.metadata[field];
    if (value === null) delete draft.metadata[field];
  }
  if (draft.metadata.managedFields === undefined && old.managedFields !== undefined)
    draft.metadata.managedFields = old.managedFields;
  if (!isStatus) {
    if (target.version.hasStatus) restore(draft, before, "status");
    if (target.resource.id === "namespaces" && target.subresource !== "finalize" && !options.internal)
      restore(draft, before, "spec");
    return;
  }
  for (const name of new Set([...Object.keys(draft), ...Object.keys(before)])) {
    if (name !== "status" && name !== "metadata") restore(draft, before, name);
  }
}

/** A Deployment's controller numbers its revisions by an annotation, in one write with the status. */
function keptWithStatus({ resource }: Target, { metadata: { annotations } }: Draft): object {
  return resource.id === "deployments.apps" && annotations ? { annotations } : {};
}

function restore(draft: Draft, before: Draft, field: string): void {
  if (before[field] === undefined) delete draft[field];
  else draft[field] = before[field];
}

/** Annotations of a Deployment count as its specification: its controller acts on them. */
function specChanged({ resource, subresource }: Target, before: Draft, draft: Draft): boolean {
  if (
    resource.id === "deployments.apps" &&
    subresource === undefined &&
    !isEqual(before.metadata.annotations ?? {}, draft.metadata.annotations ?? {})
  )
    return true;
  const names = new Set([...Object.keys(before), ...Object.keys(draft)]);
  names.delete("metadata");
  names.delete("status");
  return [...names].some((name) => !isEqual(before[name], draft[name]));
}

function isSame(before: Draft, draft: Draft): boolean {
  return isEqual(stripped(before), stripped(draft));
}

/** Without what changes when nothing does; an explicit change of managedFields is one. */
function stripped(object: Draft): unknown {
  const { managedFields, ...metadata } = object.metadata;
  const entries = (managedFields ?? []).map((entry) => ({ ...(entry as object), time: undefined }));
  const defined = Object.entries(object).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(defined), metadata: { ...metadata, managedFields: entries } };
}

function entriesChanged(before: Draft, entries: unknown[] | undefined): boolean {
  return entries !== undefined && !isEqual(entries, before.metadata.managedFields ?? []);
}

function trackChange(
  cluster: Cluster,
  target: Target,
  before: Draft,
  draft: Draft,
  options: WriteOptions,
): unknown[] {
  const given = draft.metadata.managedFields as unknown[] | undefined;
  const cleared = given !== undefined && entriesOf(draft).length === 0 && entriesOf(before).length > 0;
  if (cleared) return [];
  return trackUpdate(before, draft, target.version.schema, {
    manager: options.manager,
    apiVersion: apiVersionOf(target.resource.group, target.version.name),
    time: nowText(cluster.clock),
    ...(target.subresource === undefined ? {} : { subresource: target.subresource }),
  });
}

/** A deleted object goes when nothing holds it any more. */
export function isReadyToGo(object: Draft): boolean {
  const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0) return false;
  const held =
    (object.kind === "Namespace" && object.apiVersion === "v1"
      ? (object.spec as { finalizers?: string[] })?.finalizers
      : []) ?? [];
  return held.length === 0 && (deletionGracePeriodSeconds ?? 0) === 0;
}
