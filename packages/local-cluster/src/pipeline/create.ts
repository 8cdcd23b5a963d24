import type { KubeObject } from "../api/cluster-api.ts";
import { alreadyExists, forbidden, notFound, StatusError } from "../errors.ts";
import { trackUpdate } from "../fields/managed-fields.ts";
import { apiVersionOf, type Draft } from "../kinds/resource.ts";
import { strategies } from "../kinds/strategies.ts";
import { countsGenerations } from "../kinds/strategy.ts";
import { keyOf } from "../store/store.ts";
import { type Cluster, nowText, type Target, type WriteOptions } from "./cluster.ts";
import { fromStorage, toStorage } from "./conversion.ts";
import { assertNamespace, assertValid, decodeObject } from "./decode.ts";
import { generatedName, nameFaults, newUid } from "./metadata.ts";
import { objectFaults } from "./validation.ts";

/** POST: what is stored and returned is the completed object. */
export function createObject(
  cluster: Cluster,
  target: Target,
  body: unknown,
  options: WriteOptions,
): KubeObject {
  const draft = decodeObject(cluster, target, body, options);
  assertNamespace(target, draft);
  return insertObject(cluster, target, draft, options, undefined);
}

/** Completes, checks and stores a new object that is already of the right form. */
export function insertObject(
  cluster: Cluster,
  target: Target,
  draft: Draft,
  options: WriteOptions,
  managedFields: unknown[] | undefined,
): KubeObject {
  const { resource, version } = target;
  if (draft.metadata.resourceVersion) {
    throw new StatusError("BadRequest", "resourceVersion should not be set on objects to be created");
  }
  initialise(cluster, target, draft);
  if (resource.custom) assertOpenDefinition(cluster, target, draft.metadata.name);
  if (resource.namespaced) assertOpenNamespace(cluster, target, draft.metadata.name);
  const strategy = strategies.get(resource.id);
  strategy?.prepareCreate?.(draft, cluster, target);
  const faults = [...nameFaults(resource, draft), ...objectFaults(cluster, target, draft, undefined)];
  assertValid(target, draft.metadata.name, faults);
  const key = keyOf(target.namespace, draft.metadata.name);
  if (cluster.store.get(resource.storedAs, key) !== undefined)
    throw alreadyExists(resource, draft.metadata.name);
  const entries = managedFields ?? trackCreate(cluster, target, draft, options);
  if (entries.length > 0) draft.metadata.managedFields = entries;
  if (options.dryRun) return draft as unknown as KubeObject;
  const stored = cluster.store.put(resource.storedAs, key, toStorage(target, draft));
  strategy?.committed?.(stored as unknown as Draft, cluster, target);
  return fromStorage(target, cluster.store.get(resource.storedAs, key) ?? stored, version);
}

function initialise(cluster: Cluster, target: Target, draft: Draft): void {
  const { resource, version } = target;
  const given = draft.metadata;
  for (const field of ["selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"]) delete given[field];
  delete given.managedFields;
  draft.metadata = {
    ...given,
    name: generatedName(draft),
    ...(resource.namespaced ? { namespace: target.namespace ?? "" } : {}),
    uid: newUid(),
    resourceVersion: "",
    creationTimestamp: nowText(cluster.clock),
    ...(countsGenerations(resource) ? { generation: 1 } : {}),
  };
  if (!resource.namespaced) delete draft.metadata.namespace;
  if (version.hasStatus) {
    if (resource.custom) delete draft.status;
    else draft.status = {};
  }
}

function trackCreate(cluster: Cluster, target: Target, draft: Draft, options: WriteOptions): unknown[] {
  return trackUpdate(undefined, draft, target.version.schema, {
    manager: options.manager,
    apiVersion: apiVersionOf(target.resource.group, target.version.name),
    time: nowText(cluster.clock),
  });
}

function assertOpenDefinition(cluster: Cluster, { resource }: Target, name: string): void {
  const definition = cluster.store.get("customresourcedefinitions.apiextensions.k8s.io", resource.id);
  if (definition?.metadata.deletionTimestamp === undefined) return;
  throw forbidden(resource, name, "create not allowed while custom resource definition is terminating");
}

function assertOpenNamespace(cluster: Cluster, target: Target, name: string): void {
  const namespaces = cluster.registry.require("namespaces");
  const namespace = cluster.store.get("namespaces", target.namespace ?? "");
  if (namespace === undefined) throw notFound(namespaces, target.namespace ?? "");
  if (namespace.metadata.deletionTimestamp === undefined || target.resource.id === "events") return;
  const why = `unable to create new content in namespace ${target.namespace} because it is being terminated`;
  const error = forbidden(target.resource, name, why);
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${target.namespace} is being terminated`,
    field: "metadata.namespace",
  };
  throw new StatusError("Forbidden", error.message, { ...error.details, causes: [cause] });
}
