import { randomUUID } from "node:crypto";
import type { ClusterApi, KubeObject, StoreEvent } from "../api/cluster-api.ts";

type Loose = KubeObject & {
  spec?: { nodeName?: string; terminationGracePeriodSeconds?: number };
  status?: unknown;
};

/** TEST ONLY, until the real one is there. */
export function createInMemoryApi(): ClusterApi {
  const stores = new Map<string, Map<string, Loose>>();
  const watchers = new Map<string, Set<(event: StoreEvent<never>) => void>>();
  let revision = 0;
  const storeOf = (resource: string) => {
    const store = stores.get(resource) ?? new Map<string, Loose>();
    stores.set(resource, store);
    return store;
  };
  const keyOf = (o: { metadata: { namespace?: string; name: string } }) =>
    `${o.metadata.namespace ?? ""}/${o.metadata.name}`;
  const emit = (resource: string, event: StoreEvent) => {
    for (const listener of watchers.get(resource) ?? []) queueMicrotask(() => listener(event as never));
  };
  const put = (resource: string, object: Loose): Loose => {
    const store = storeOf(resource);
    const old = store.get(keyOf(object));
    const same =
      old &&
      JSON.stringify({ ...old, metadata: { ...old.metadata, resourceVersion: "" } }) ===
        JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: "" } });
    if (same) return old;
    revision += 1;
    const next = structuredClone({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    });
    store.set(keyOf(next), next);
    emit(resource, old ? { type: "MODIFIED", object: next, previous: old } : { type: "ADDED", object: next });
    return next;
  };
  return {
    get: (resource, namespace, name) => storeOf(resource).get(`${namespace ?? ""}/${name}`) as never,
    list: (resource, options) =>
      [...storeOf(resource).values()].filter(
        (o) => !options?.namespace || o.metadata.namespace === options.namespace,
      ) as never,
    create: (resource, object) => {
      const o = object as Loose;
      const metadata = {
        ...o.metadata,
        uid: randomUUID(),
        generation: 1,
        creationTimestamp: new Date().toISOString(),
      };
      return put(resource, { ...o, metadata } as Loose) as never;
    },
    update: (resource, object) => {
      const old = storeOf(resource).get(keyOf(object as Loose));
      return put(resource, { ...(object as Loose), status: old?.status }) as never;
    },
    updateStatus: (resource, object) => {
      const old = storeOf(resource).get(keyOf(object as Loose));
      return put(resource, { ...old, status: (object as Loose).status } as Loose) as never;
    },
    delete: (resource, namespace, name, options) => {
      const store = storeOf(resource);
      const old = store.get(`${namespace ?? ""}/${name}`);
      if (!old) throw new Error("not found");
      const grace = options?.gracePeriodSeconds ?? old.spec?.terminationGracePeriodSeconds ?? 30;
      if (resource === "pods" && old.spec?.nodeName && grace > 0) {
        put(resource, {
          ...old,
          metadata: {
            ...old.metadata,
            deletionTimestamp: new Date().toISOString(),
            deletionGracePeriodSeconds: grace,
          },
        });
        return;
      }
      store.delete(keyOf(old));
      emit(resource, { type: "DELETED", object: old, previous: old });
    },
    watch: (resource, listener) => {
      const set = watchers.get(resource) ?? new Set();
      watchers.set(resource, set);
      set.add(listener as never);
      for (const object of storeOf(resource).values())
        queueMicrotask(() => listener({ type: "ADDED", object } as never));
      return () => set.delete(listener as never);
    },
    resources: () => [],
  };
}
