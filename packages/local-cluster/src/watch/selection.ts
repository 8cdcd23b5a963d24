import type { KubeObject } from "../api/cluster-api.ts";
import type { Served } from "../kinds/registry.ts";
import { fromStorage } from "../pipeline/conversion.ts";
import { parseFieldSelector, parseLabelSelector } from "../store/selectors.ts";

/** Which objects of a resource a list or watch is about. */
export type Selection = (object: KubeObject) => boolean;

/** From `namespace`, `labelSelector` and `fieldSelector` of a request. Throws BadRequest. */
export function selectionOf(
  served: Served,
  namespace: string | undefined,
  query: URLSearchParams,
): Selection {
  const { resource, version } = served;
  const labels = query.get("labelSelector");
  const fields = query.get("fieldSelector");
  const byLabel = labels ? parseLabelSelector(labels) : undefined;
  const byField = fields ? parseFieldSelector(fields, version.selectableFields) : undefined;
  return (object) =>
    (namespace === undefined || !resource.namespaced || object.metadata.namespace === namespace) &&
    (byLabel === undefined || byLabel(object.metadata.labels)) &&
    (byField === undefined ||
      byField(version.fromStorage === undefined ? object : fromStorage(served, object, version)));
}
