import type { KubeObject } from "../api/cluster-api.ts";
import { badRequest, conflict, invalid, modified, notFound, StatusError } from "../errors.ts";
import { applyConfiguration } from "../fields/managed-fields.ts";
import { apiVersionOf, type Draft } from "../kinds/resource.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { applyStrategicMerge } from "../patch/strategic-merge.ts";
import { normalise } from "../schema/normalise.ts";
import { isJson, prune } from "../schema/prune.ts";
import { validateValue } from "../schema/validate.ts";
import { keyOf } from "../store/store.ts";
import { type Cluster, nowText, type Target, type WriteOptions } from "./cluster.ts";
import { insertObject } from "./create.ts";
import { assertNamespace, decodeObject, MalformedObject } from "./decode.ts";
import { wrong } from "./metadata.ts";
import { readObject, replaceObject } from "./update.ts";

export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export interface Patched {
  readonly object: KubeObject;
  readonly created: boolean;
}

/** PATCH in its four kinds; a server-side apply creates what is not there. */
export function patchObject(
  cluster: Cluster,
  target: Target,
  type: string,
  patch: unknown,
  options: WriteOptions,
): Patched {
  if (type === patchTypes.apply) return applyObject(cluster, target, patch, options);
  const before = readObject(cluster, target) as unknown as Draft;
  const result = patchDocument(target, type, before, patch);
  const draft = decodePatched(cluster, target, result, options);
  assertNamespace(target, draft);
  if (draft.metadata.uid && draft.metadata.uid !== before.metadata.uid)
    throw invalid(target.resource, target.name, [
      wrong("metadata.uid", draft.metadata.uid, "field is immutable"),
    ]);
  if (draft.metadata.name !== target.name) {
    throw badRequest(
      `the name of the object (${draft.metadata.name}) does not match the name on the URL (${target.name})`,
    );
  }
  return { object: replaceObject(cluster, target, before, draft, options, undefined), created: false };
}

/** What makes an object of the wrong form is the patch. */
function decodePatched(cluster: Cluster, target: Target, result: unknown, options: WriteOptions): Draft {
  try {
    return decodeObject(cluster, target, result, options);
  } catch (error) {
    if (!(error instanceof MalformedObject)) throw error;
    const fault = wrong("patch", JSON.stringify(result), error.problem);
    throw invalid({ group: "", kind: "", plural: "" }, "", [fault]);
  }
}

/** Applies a JSON, merge or strategic merge patch to a document. Throws UnsupportedMediaType. */
function patchDocument(target: Target, type: string, before: unknown, patch: unknown): unknown {
  switch (type) {
    case patchTypes.json:
      return applyJsonPatch(before, patch);
    case patchTypes.merge:
      if (!isJson(patch)) throw badRequest("a merge patch is an object");
      return applyMergePatch(before, patch);
    case patchTypes.strategic:
      if (target.resource.custom) throw unsupported([patchTypes.json, patchTypes.merge, patchTypes.apply]);
      return applyStrategicMerge(before, patch, target.version.schema);
    default:
      throw unsupported(Object.values(patchTypes));
  }
}

function unsupported(types: readonly string[]): StatusError {
  const list = types.join(", ");
  return new StatusError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${list}`,
  );
}

function applyObject(cluster: Cluster, target: Target, body: unknown, options: WriteOptions): Patched {
  const config = configurationOf(cluster, target, body, options);
  const live = find(cluster, target);
  const expected = config.metadata.resourceVersion;
  if (expected && expected !== live?.metadata.resourceVersion)
    throw conflict(target.resource, target.name, modified);
  if (config.metadata.uid && config.metadata.uid !== live?.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${config.metadata.uid}, UID in object meta: ${live?.metadata.uid ?? ""}`;
    throw conflict(target.resource, target.name, why);
  }
  const writer = {
    manager: options.manager,
    apiVersion: apiVersionOf(target.resource.group, target.version.name),
    time: nowText(cluster.clock),
    ...(target.subresource === undefined ? {} : { subresource: target.subresource }),
  };
  if (live === undefined && target.subresource !== undefined) throw notFound(target.resource, target.name);
  const { object, entries } = applyConfiguration(live, config, target.version.schema, writer, options.force);
  const { managedFields: _entries, ...metadata } = object.metadata;
  const document = { ...object, metadata: { ...metadata, name: target.name } };
  const draft = decodeObject(cluster, target, document, options);
  if (live !== undefined) {
    return { object: replaceObject(cluster, target, live, draft, options, entries), created: false };
  }
  draft.metadata = { ...draft.metadata, resourceVersion: "" };
  return { object: insertObject(cluster, target, draft, options, entries), created: true };
}

function find(cluster: Cluster, target: Target): Draft | undefined {
  if (cluster.store.get(target.resource.storedAs, keyOf(target.namespace, target.name)) === undefined)
    return undefined;
  return readObject(cluster, target) as unknown as Draft;
}

/** The applied configuration in canonical form, without defaults: what it does not name it does not own. */
function configurationOf(cluster: Cluster, target: Target, body: unknown, options: WriteOptions): Draft {
  if (!isJson(body)) throw badRequest("an apply configuration is an object");
  const apiVersion = apiVersionOf(target.resource.group, target.version.name);
  if (body.apiVersion !== apiVersion || body.kind !== target.resource.kind) {
    throw badRequest(
      `an apply configuration must say apiVersion: ${apiVersion} and kind: ${target.resource.kind}; ` +
        `this one says ${String(body.apiVersion)} and ${String(body.kind)}`,
    );
  }
  const config = structuredClone(body) as unknown as Draft;
  const [unknown] = prune(config, target.version.schema);
  if (unknown !== undefined && options.fieldValidation !== "Strict")
    throw untyped(config, target, `.${unknown}: field not declared in schema`);
  decodeObject(cluster, target, body, options);
  if (!isJson(config.metadata)) config.metadata = {} as Draft["metadata"];
  assertNamespace(target, config);
  if (config.metadata.managedFields !== undefined && config.metadata.managedFields !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  if (config.metadata.name !== undefined && config.metadata.name !== target.name) {
    throw badRequest(
      `the name in the configuration (${config.metadata.name}) is not the one in the URL (${target.name})`,
    );
  }
  if (!target.resource.custom) {
    normalise(config, target.version.schema, cluster.schemas);
  }
  refuseDuplicates(config, target);
  return config;
}

/** Upstream answers so, with 500: who owns an item cannot be told when another has its key. */
function refuseDuplicates(config: Draft, target: Target): void {
  const found = validateValue(config, target.version.schema).find(
    ({ reason }) => reason === "FieldValueDuplicate",
  );
  if (found === undefined) return;
  const list = found.field.replace(/\[\d+\]$/, "");
  const key = found.message.replace("Duplicate value: ", "");
  throw untyped(config, target, `.${list}: duplicate entries for key [${key}]`);
}

function untyped(config: Draft, target: Target, why: string): StatusError {
  const namespace = config.metadata?.namespace ?? "";
  return new StatusError(
    "InternalError",
    `failed to create typed patch object (${namespace}/${target.name}; ${config.apiVersion}, Kind=${config.kind}): ${why}`,
  );
}
