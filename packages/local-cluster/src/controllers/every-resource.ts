import type { ClusterApi, GroupResource, StoreEvent } from "../api/cluster-api.ts";

const definitions = "customresourcedefinitions.apiextensions.k8s.io";
/** Shows the objects of `events` once more. */
const alias = "events.events.k8s.io";

/** Watches every kind that is served, those of definitions that come later included. */
export function watchEveryResource(
  api: ClusterApi,
  listener: (resource: GroupResource, event: StoreEvent) => void,
): () => void {
  const ends = new Map<GroupResource, () => void>();
  const follow = () => {
    const served = new Set(api.resources().map(({ resource }) => resource));
    for (const resource of served) {
      if (ends.has(resource) || resource === alias) continue;
      ends.set(
        resource,
        api.watch(resource, (event) => listener(resource, event)),
      );
    }
    for (const [resource, end] of ends) {
      if (served.has(resource)) continue;
      end();
      ends.delete(resource);
    }
  };
  follow();
  const endDefinitions = api.watch(definitions, follow);
  return () => {
    endDefinitions();
    for (const end of ends.values()) end();
    ends.clear();
  };
}
