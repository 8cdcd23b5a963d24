import { isNotFound } from "../cluster/api-error.ts";
import type { ClusterClient } from "../cluster/client.ts";
import type { Live } from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";

/** Removes these finalizers from the object. @returns whether there was one. */
export async function deleteFormerFinalizers<T extends object>(
  client: ClusterClient,
  resource: Resource<T>,
  object: Live<T>,
  former: readonly string[],
): Promise<boolean> {
  const { finalizers = [], resourceVersion } = object.metadata;
  const left = finalizers.filter((finalizer) => !former.includes(finalizer));
  if (left.length === finalizers.length) return false;
  try {
    await client.patch(resource, object.metadata, { metadata: { finalizers: left, resourceVersion } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return true;
}
