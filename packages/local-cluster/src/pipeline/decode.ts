import { badRequest, type Fault, invalid, StatusError } from "../errors.ts";
import { apiVersionOf, type Draft } from "../kinds/resource.ts";
import { decodingProblem } from "../schema/decoding.ts";
import { applySchemaDefaults, applyTypeDefaults } from "../schema/defaults.ts";
import { normalise } from "../schema/normalise.ts";
import { omitEmpty } from "../schema/omit-empty.ts";
import { isJson, prune } from "../schema/prune.ts";
import type { Cluster, Target, WriteOptions } from "./cluster.ts";
import { dropDoubleOwners } from "./metadata.ts";

/** An object that does not have the form of its kind; `problem` says what is wrong without saying of what. */
export class MalformedObject extends StatusError {
  readonly problem: string;

  constructor(problem: string, message = problem) {
    super("BadRequest", message);
    this.problem = problem;
  }
}

/**
 * From a request's body to an object of the target's version: right kind, known fields only, right types, canonical
 * spellings, defaults. Works on a copy. Throws MalformedObject, and BadRequest for what strict validation finds.
 */
export function decodeObject(cluster: Cluster, target: Target, body: unknown, options: WriteOptions): Draft {
  const object = checkEnvelope(cluster, target, body);
  const { resource, version } = target;
  const duplicates = duplicatesOf(body);
  const dropped = prune(object, version.schema).map((path) => `unknown field "${path}"`);
  report(target, [...duplicates, ...dropped], options);
  if (resource.custom) {
    applySchemaDefaults(object, version.schema);
    normalise(object.metadata, metaSchema(cluster), cluster.schemas);
    omitEmpty(object.metadata, metaSchema(cluster), cluster.schemas);
  } else {
    checkTypes(cluster, target, object);
    normalise(object, version.schema, cluster.schemas);
    omitEmpty(object, version.schema, cluster.schemas);
    applyTypeDefaults(object, version.schema, cluster.defaults);
  }
  const double = dropDoubleOwners(object);
  if (double.length > 0)
    options.warn(
      `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${double.join(", ")}`,
    );
  return object;
}

/** Where a JSON decoder leaves the duplicate keys it met, for strict validation. */
export const duplicateKeys: unique symbol = Symbol("duplicate keys");

function duplicatesOf(body: unknown): string[] {
  const found = (body as { [duplicateKeys]?: string[] })[duplicateKeys] ?? [];
  return found.map((path) => `duplicate field "${path}"`);
}

function metaSchema(cluster: Cluster) {
  return cluster.schemas.get("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta") ?? {};
}

function checkEnvelope(cluster: Cluster, target: Target, body: unknown): Draft {
  const { resource, version } = target;
  const apiVersion = apiVersionOf(resource.group, version.name);
  if (!isJson(body)) throw badRequest(`the request's body is not a ${resource.kind} object`);
  const draft = structuredClone(body) as Draft;
  draft.apiVersion ??= apiVersion;
  draft.kind ??= resource.kind;
  if (draft.apiVersion !== apiVersion) {
    throw new MalformedObject(
      `the API version in the data (${draft.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (draft.kind !== resource.kind) {
    throw new MalformedObject(
      `the kind in the data (${draft.kind}) does not match the expected kind (${resource.kind})`,
    );
  }
  draft.metadata ??= {} as Draft["metadata"];
  if (!isJson(draft.metadata)) {
    if (!resource.custom) checkTypes(cluster, target, draft);
    throw new MalformedObject("metadata must be an object");
  }
  return Object.assign({ apiVersion, kind: resource.kind }, draft);
}

function report(target: Target, faults: readonly string[], options: WriteOptions): void {
  if (faults.length === 0 || options.fieldValidation === "Ignore") return;
  if (options.fieldValidation === "Warn") {
    for (const fault of faults) options.warn(fault);
    return;
  }
  throw badRequest(`${cannotHandle(target)}: strict decoding error: ${faults.join(", ")}`);
}

function cannotHandle({ resource, version }: Target): string {
  return `${resource.kind} in version "${version.name}" cannot be handled as a ${resource.kind}`;
}

function checkTypes(cluster: Cluster, target: Target, object: Draft): void {
  const problem = decodingProblem(object, target.version.schema, cluster.schemas);
  if (problem !== undefined) throw new MalformedObject(problem, `${cannotHandle(target)}: ${problem}`);
}

/** Throws Invalid when there are faults. */
export function assertValid(target: Target, name: string, faults: readonly Fault[]): void {
  if (faults.length > 0) throw invalid(target.resource, name, faults);
}

export function assertNamespace(target: Target, draft: Draft): void {
  const { resource, namespace } = target;
  if (!resource.namespaced) return;
  if (namespace === undefined) {
    throw new StatusError("BadRequest", "an empty namespace may not be set during creation");
  }
  if (
    draft.metadata.namespace !== undefined &&
    draft.metadata.namespace !== "" &&
    draft.metadata.namespace !== namespace
  ) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}
