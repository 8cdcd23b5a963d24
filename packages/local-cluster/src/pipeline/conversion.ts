import type { KubeObject } from "../api/cluster-api.ts";
import {
  apiVersionOf,
  type Draft,
  type Resource,
  storageVersionOf,
  type Version,
} from "../kinds/resource.ts";
import { applySchemaDefaults } from "../schema/defaults.ts";
import { prune } from "../schema/prune.ts";
import type { Target } from "./cluster.ts";

/** The object as it lies in the store: of the storage version. */
export function toStorage(target: Target, draft: Draft): Draft {
  const { resource, version } = target;
  if (version.toStorage !== undefined) return version.toStorage(draft);
  if (version.name === resource.storageVersion) return draft;
  const stored = structuredClone({
    ...draft,
    apiVersion: apiVersionOf(resource.group, resource.storageVersion),
  });
  prune(stored, storageVersionOf(resource).schema);
  applySchemaDefaults(stored, storageVersionOf(resource).schema);
  return stored;
}

/** A stored object as `version` shows it; the stored object itself when that is the same. */
export function fromStorage(
  target: { resource: Resource },
  stored: KubeObject,
  version: Version,
): KubeObject {
  if (version.fromStorage !== undefined)
    return version.fromStorage(stored as unknown as Draft) as unknown as KubeObject;
  const apiVersion = apiVersionOf(target.resource.group, version.name);
  if (stored.apiVersion === apiVersion) return stored;
  const shown = structuredClone({ ...stored, apiVersion });
  prune(shown as never, version.schema);
  applySchemaDefaults(shown, version.schema);
  return shown;
}
