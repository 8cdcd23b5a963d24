import { badRequest, StatusError } from "../errors.ts";
import { type Draft, type ScalePaths, storageVersionOf } from "../kinds/resource.ts";
import type { Cluster, Target, WriteOptions } from "../pipeline/cluster.ts";
import { createObject } from "../pipeline/create.ts";
import { deleteObject } from "../pipeline/delete.ts";
import { replaceScale, toScale } from "../pipeline/scale.ts";
import { readDraft, updateObject } from "../pipeline/update.ts";
import { labelMatcher } from "../store/selectors.ts";
import { keyOf, type Logged } from "../store/store.ts";
import type { ClusterApi, GroupResource, StoreEvent } from "./cluster-api.ts";

/** The API as the cluster's own controllers and its node use it: same pipeline, no network. */
export function createClusterApi(cluster: Cluster, manager: string): ClusterApi {
  const { registry, store } = cluster;
  const options: WriteOptions = {
    manager,
    dryRun: false,
    fieldValidation: "Ignore",
    force: false,
    warn: () => undefined,
    internal: true,
  };
  const target = (
    id: GroupResource,
    namespace: string | undefined,
    name: string,
    subresource?: string,
  ): Target => {
    const resource = registry.require(id);
    const scope = resource.namespaced && namespace !== undefined ? { namespace } : {};
    const part = subresource === undefined ? {} : { subresource };
    return { resource, version: storageVersionOf(resource), name, ...scope, ...part };
  };
  const targetOf = (id: GroupResource, object: object, subresource?: string): Target => {
    const { namespace, name } = (object as Draft).metadata ?? {};
    if (!name && subresource !== undefined) throw badRequest("metadata.name is required");
    return target(id, namespace, name ?? "", subresource);
  };
  return {
    get: (id, namespace, name) => store.get(registry.require(id).storedAs, keyOf(namespace, name)) as never,
    list(id, { namespace, labelSelector } = {}) {
      const matches = labelMatcher(labelSelector);
      const all = store.list(registry.byId(id)?.storedAs ?? id);
      if (namespace === undefined && labelSelector === undefined) return all as never;
      return all.filter(
        ({ metadata }) =>
          (namespace === undefined || metadata.namespace === namespace) && matches(metadata.labels),
      ) as never;
    },
    create: (id, object) => createObject(cluster, targetOf(id, object), object, options) as never,
    update: (id, object) => updateObject(cluster, targetOf(id, object), object, options) as never,
    updateStatus: (id, object) =>
      updateObject(cluster, targetOf(id, object, "status"), object, options) as never,
    scale(id, namespace, name) {
      const paths = scalePathsOf(target(id, namespace, name));
      const object = store.get(registry.require(id).storedAs, keyOf(namespace, name));
      return object === undefined ? undefined : toScale(object, paths);
    },
    updateScale(id, namespace, name, replicas) {
      const scaled = target(id, namespace, name, "scale");
      const before = readDraft(cluster, scaled);
      replaceScale(cluster, scaled, before, scalePathsOf(scaled), replicas, options);
    },
    delete(id, namespace, name, given = {}) {
      deleteObject(cluster, target(id, namespace, name), given, false);
    },
    watch: (id, listener) => watch(cluster, id, listener as (event: StoreEvent) => void),
    resources: () =>
      registry.resources().map((resource) => {
        const version = storageVersionOf(resource).name;
        const apiVersion = resource.group === "" ? version : `${resource.group}/${version}`;
        return { resource: resource.id, apiVersion, kind: resource.kind, namespaced: resource.namespaced };
      }),
  };
}

function scalePathsOf({ resource, version }: Target): ScalePaths {
  if (version.scale !== undefined) return version.scale;
  throw new StatusError("NotFound", `${resource.id} has no scale subresource`);
}

/** Events are delivered on microtasks, in order, and a listener's fault is logged, never thrown into a write. */
function watch(cluster: Cluster, id: GroupResource, listener: (event: StoreEvent) => void): () => void {
  const resource = cluster.registry.byId(id)?.storedAs ?? id;
  let isOver = false;
  const deliver = (event: StoreEvent) => {
    queueMicrotask(() => {
      if (isOver) return;
      try {
        listener(event);
      } catch (err) {
        cluster.log.error({ err, resource: id }, "a watcher of the cluster failed");
      }
    });
  };
  for (const object of cluster.store.list(resource)) deliver({ type: "ADDED", object });
  const unsubscribe = cluster.store.subscribe(resource, ({ type, object, previous }: Logged) => {
    deliver(previous === undefined ? { type, object } : { type, object, previous });
  });
  return () => {
    isOver = true;
    unsubscribe();
  };
}
