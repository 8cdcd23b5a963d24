import type { Registry } from "../kinds/registry.ts";
import { type ApiResource, servedGroups } from "./api-resources.ts";

/** `GET /api` or `/apis` in the aggregated form: everything at once. */
export function aggregatedDiscovery(registry: Registry, isCore: boolean, version: string): object {
  const groups = servedGroups(registry).filter(({ group }) => (group === "") === isCore);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: { name: group, creationTimestamp: null },
      versions: versions.map((one) => ({
        version: one.version,
        freshness: "Current",
        resources: mainResources(group, one.version, one.resources),
      })),
    })),
  };
}

function mainResources(group: string, version: string, resources: readonly ApiResource[]): object[] {
  return resources
    .filter(({ name }) => !name.includes("/"))
    .map((resource) => ({
      resource: resource.name,
      responseKind: { group, version, kind: resource.kind },
      scope: resource.namespaced ? "Namespaced" : "Cluster",
      singularResource: resource.singular,
      verbs: resource.verbs,
      ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
      ...(resource.categories === undefined ? {} : { categories: resource.categories }),
      ...subresources(group, version, resource.name, resources),
    }));
}

function subresources(
  group: string,
  version: string,
  name: string,
  resources: readonly ApiResource[],
): object {
  const found = resources
    .filter((one) => one.name.startsWith(`${name}/`))
    .map((one) => ({
      subresource: one.name.slice(name.length + 1),
      responseKind: { group: one.group ?? group, version: one.version ?? version, kind: one.kind },
      verbs: one.verbs,
    }));
  return found.length === 0 ? {} : { subresources: found };
}
