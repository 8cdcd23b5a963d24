import type { Clock, ClusterApi, KubeObject } from "../api/cluster-api.ts";
import { createLoop } from "../controllers/loop.ts";
import { hasReason } from "../errors.ts";

const definitions = "customresourcedefinitions.apiextensions.k8s.io";

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export interface CleanupOptions {
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

/**
 * With a definition go its objects: deletes them one by one, so that their finalizers count, and lets the definition go
 * after the last one. A definition's name is its objects' group-resource.
 */
export function startDefinitionCleanup(
  api: ClusterApi,
  { clock, onFault }: CleanupOptions,
): { stop(): void } {
  const watches = new Map<string, () => void>();
  const unwatch = (resource: string): undefined => {
    watches.get(resource)?.();
    watches.delete(resource);
  };
  const reconcile = (name: string): undefined => {
    const definition = api.get(definitions, undefined, name);
    if (definition?.metadata.deletionTimestamp === undefined) return unwatch(name);
    if (!definition.metadata.finalizers?.includes(cleanupFinalizer)) return unwatch(name);
    for (const object of api.list(name)) remove(api, name, object);
    if (api.list(name).length === 0) release(api, definition);
    else if (!watches.has(name)) {
      const end = api.watch(name, ({ type }) => {
        if (type === "DELETED") loop.enqueue(name);
      });
      watches.set(name, end);
    }
  };
  const loop = createLoop({ clock, reconcile, onFault });
  const end = api.watch(definitions, ({ object }) => loop.enqueue(object.metadata.name));
  return {
    stop() {
      end();
      for (const name of watches.keys()) unwatch(name);
      loop.stop();
    },
  };
}

function remove(api: ClusterApi, resource: string, { metadata }: KubeObject): void {
  const { namespace, name, uid, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined) return;
  try {
    api.delete(resource, namespace, name, { preconditions: { uid } });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

function release(api: ClusterApi, definition: KubeObject): void {
  const { metadata } = definition;
  const finalizers = metadata.finalizers?.filter((it) => it !== cleanupFinalizer);
  api.update(definitions, { ...definition, metadata: { ...metadata, finalizers } });
}
