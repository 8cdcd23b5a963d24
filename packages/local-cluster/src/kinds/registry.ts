import type { GroupResource } from "../api/cluster-api.ts";
import { StatusError } from "../errors.ts";
import { apiVersionOf, type Resource, type Version } from "./resource.ts";

/** A resource together with the version a request speaks. */
export interface Served {
  readonly resource: Resource;
  readonly version: Version;
}

/** Everything served now; CRDs put resources in and take them out. */
export interface Registry {
  /** Grows with every change: what was derived from an older one is stale. */
  readonly generation: number;
  resources(): readonly Resource[];
  byId(id: GroupResource): Resource | undefined;
  byPath(group: string, version: string, plural: string): Served | undefined;
  byKind(apiVersion: string, kind: string): Served | undefined;
  /** Throws NotFound. */
  require(id: GroupResource): Resource;
  put(resource: Resource): void;
  remove(id: GroupResource): void;
}

export function createRegistry(builtins: readonly Resource[]): Registry {
  const resources = new Map<GroupResource, Resource>();
  let paths = new Map<string, Served>();
  let kinds = new Map<string, Served>();
  let generation = 0;
  const index = () => {
    paths = new Map();
    kinds = new Map();
    generation += 1;
    for (const resource of resources.values()) {
      for (const version of resource.versions) {
        if (!version.served) continue;
        const apiVersion = apiVersionOf(resource.group, version.name);
        paths.set(`${apiVersion}/${resource.plural}`, { resource, version });
        kinds.set(`${apiVersion}/${resource.kind}`, { resource, version });
      }
    }
  };
  for (const resource of builtins) resources.set(resource.id, resource);
  index();
  return {
    get generation() {
      return generation;
    },
    resources: () => [...resources.values()],
    byId: (id) => resources.get(id),
    byPath: (group, version, plural) => paths.get(`${apiVersionOf(group, version)}/${plural}`),
    byKind: (apiVersion, kind) => kinds.get(`${apiVersion}/${kind}`),
    require(id) {
      const resource = resources.get(id);
      if (resource === undefined)
        throw new StatusError("NotFound", `the server could not find the requested resource ${id}`);
      return resource;
    },
    put(resource) {
      resources.set(resource.id, resource);
      index();
    },
    remove(id) {
      resources.delete(id);
      index();
    },
  };
}

/** Groups in the order discovery lists them, each with its versions in order of preference. */
export function groupsOf(registry: Registry): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const resource of registry.resources()) {
    const versions = groups.get(resource.group) ?? [];
    for (const version of resource.versions) {
      if (version.served && !versions.includes(version.name)) versions.push(version.name);
    }
    if (versions.length > 0) groups.set(resource.group, versions.sort(byPreference));
  }
  return groups;
}

/** Kubernetes' order of versions: v2, v1, v1beta2, v1beta1, v1alpha1, then others by name. */
export function byPreference(left: string, right: string): number {
  const [a, b] = [rank(left), rank(right)];
  if (a === undefined || b === undefined)
    return a === b ? left.localeCompare(right) : a === undefined ? 1 : -1;
  return b[0] - a[0] || b[1] - a[1] || b[2] - a[2];
}

function rank(version: string): [stability: number, major: number, minor: number] | undefined {
  const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (parts === null) return undefined;
  const stability = parts[2] === undefined ? 2 : parts[2] === "beta" ? 1 : 0;
  return [stability, Number(parts[1]), Number(parts[3] ?? 0)];
}
