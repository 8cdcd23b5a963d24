import type { GroupResource } from "../api/cluster-api.ts";
import type { RuleSet } from "../schema/cel.ts";
import type { Schema } from "./schema.ts";

/** An object on its way through the pipeline: plain JSON that may still be changed. */
export interface Draft {
  apiVersion: string;
  kind: string;
  metadata: DraftMeta;
  [field: string]: unknown;
}

interface DraftMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
  }[];
  managedFields?: unknown[];
  [field: string]: unknown;
}

/** A column of `kubectl get`; priority above 0 shows with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  /** Only for custom kinds: where the cell's value is. */
  readonly jsonPath?: string;
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly schema: Schema;
  readonly columns: readonly Column[];
  /** Only of custom kinds: the CEL rules of the schema. */
  readonly rules?: RuleSet;
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  /** Field selectors this kind takes beside `metadata.name` and `metadata.namespace`. */
  readonly selectableFields: readonly string[];
  /** How an object of this version looks when it is stored under the storage version, and back. */
  readonly toStorage?: (object: Draft) => Draft;
  readonly fromStorage?: (object: Draft) => Draft;
  readonly deprecation?: string;
}

/** A served resource: what discovery says of it and how its objects are treated. */
export interface Resource {
  /** `pods`, `deployments.apps`. */
  readonly id: GroupResource;
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly storageVersion: string;
  readonly versions: readonly Version[];
  readonly custom: boolean;
  /** The resource under whose name the objects lie in the store, when it is another group's (events). */
  readonly storedAs: GroupResource;
}

export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `{ group: "apps", version: "v1" }` of `apps/v1`; the core group is `""`. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

export function idOf(group: string, plural: string): GroupResource {
  return group === "" ? plural : `${plural}.${group}`;
}

export function storageVersionOf(resource: Resource): Version {
  const version = resource.versions.find(({ name }) => name === resource.storageVersion);
  if (version === undefined) throw new Error(`${resource.id} has no version ${resource.storageVersion}`);
  return version;
}
