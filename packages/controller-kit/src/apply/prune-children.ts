import { isNotFound } from "../cluster/api-error.ts";
import type { ClusterClient } from "../cluster/client.ts";
import type { LiveObject } from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";

/**
 * Deletes these children, in exactly the version that was seen. What has another controller beside us, or is being
 * deleted already, is left alone. `Conflict` when one changed meanwhile.
 */
export async function pruneChildren(
  client: ClusterClient,
  kinds: readonly { informer: { resource: Resource<object> } }[],
  surplus: readonly LiveObject[],
  ownerUid: string,
): Promise<void> {
  for (const { apiVersion, kind, metadata } of surplus) {
    const foreign = metadata.ownerReferences?.some((owner) => owner.controller && owner.uid !== ownerUid);
    const resource = kinds
      .map(({ informer }) => informer.resource)
      .find((one) => one.apiVersion === apiVersion && one.kind === kind);
    if (foreign || metadata.deletionTimestamp !== undefined || resource === undefined) continue;
    const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
    try {
      await client.delete(resource, metadata, { preconditions });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
