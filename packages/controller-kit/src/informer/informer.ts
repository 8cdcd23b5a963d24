import type { ClusterClient } from "../cluster/client.ts";
import { type Live, toKey } from "../cluster/kubernetes-object.ts";
import type { SelectOptions } from "../cluster/pages.ts";
import type { Resource } from "../cluster/resource.ts";
import { type Logger, silentLogger } from "../log/logger.ts";
import { createBackoff } from "./backoff.ts";
import { runReflector } from "./reflector.ts";
import { createStore, dropManagedFields, type Indexes, OWNER_INDEX, ownerUids } from "./store.ts";

export interface InformerOptions<T extends object> extends Omit<SelectOptions, "signal"> {
  client: ClusterClient;
  resource: Resource<T>;
  /** Beside the index by owner uid that every informer has (`OWNER_INDEX`). */
  indexes?: Indexes<T> | undefined;
  /** Makes an object smaller before it is kept; managedFields are dropped anyway. May change it in place. */
  trim?: ((object: Live<T>) => Live<T>) | undefined;
  /**
   * The cluster need not serve the kind. While it does not (404), there are no objects, which counts as a complete list,
   * and the kind is looked for again, at first soon, then at the longest backoff.
   */
  optional?: boolean | undefined;
  logger?: Logger | undefined;
  /** Objects per list request. Default 500. */
  pageSize?: number | undefined;
  /** Silence after which a watch counts as dead. Default 90 s. */
  idleTimeoutMs?: number | undefined;
  /** Between attempts after a failure. Default 200 ms to 30 s. */
  backoff?: { minMs: number; maxMs: number } | undefined;
}

export interface Change<T extends object> {
  type: "added" | "modified" | "deleted";
  object: Live<T>;
  /** What was there before; absent for `added`. */
  previous?: Live<T>;
}

/**
 * Keeps a copy of all objects of one kind, from one list and a watch that goes on through every failure: a broken or
 * silent watch is opened again where it was, with growing delay; only an expired one leads to a new list.
 */
export interface Informer<T extends object> {
  readonly resource: Resource<T>;
  start(): void;
  /** Ends the watch. What is kept stays readable. */
  stop(): Promise<void>;
  readonly hasSynced: boolean;
  /** Whether the cluster serves the kind, as far as is known; false only for an `optional` one. */
  readonly isServed: boolean;
  /** Resolves when the first list is complete; rejects when stopped before. */
  synced(): Promise<void>;
  readonly size: number;
  get(name: { namespace?: string | undefined; name: string }): Live<T> | undefined;
  list(): Live<T>[];
  /** @throws TypeError for an index that was not declared. */
  byIndex(index: string, value: string): Live<T>[];
  /** All with these labels, of one namespace or of all. */
  select(what: {
    namespace?: string | undefined;
    labels?: Readonly<Record<string, string>> | undefined;
  }): Live<T>[];
  /** Calls back for everything that is there and every change after; returns how to end that. */
  onChange(listener: (change: Change<T>) => void): () => void;
  /** Milliseconds since the API server last said something about this kind; Infinity before the first time. */
  silentForMs(): number;
}

/** Builds an informer; nothing is requested before `start`. Objects it hands out must not be changed. */
export function createInformer<T extends object>(options: InformerOptions<T>): Informer<T> {
  const { logger = silentLogger, trim = (object: Live<T>) => object } = options;
  const store = createStore<T>({ ...options.indexes, [OWNER_INDEX]: ownerUids });
  const listeners = new Set<(change: Change<T>) => void>();
  const abort = new AbortController();
  const firstSync = Promise.withResolvers<void>();
  firstSync.promise.catch(() => {});
  let running: Promise<void> = Promise.resolve();
  let synced = false;
  let served = true;
  let lastContact = Number.NEGATIVE_INFINITY;

  function tell(listener: (change: Change<T>) => void, change: Change<T>): void {
    try {
      listener(change);
    } catch (error) {
      logger.error({ kind: options.resource.kind, err: error }, "A listener to changes failed; others go on");
    }
  }

  function emit(change: Change<T>): void {
    for (const listener of listeners) tell(listener, change);
  }

  function upsert(received: Live<T>): void {
    const object = trim(dropManagedFields(received));
    const previous = store.get(toKey(object.metadata));
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    store.set(object);
    emit(previous === undefined ? { type: "added", object } : { type: "modified", object, previous });
  }

  function remove(key: string): void {
    const object = store.get(key);
    if (object === undefined) return;
    store.delete(key);
    emit({ type: "deleted", object, previous: object });
  }

  return {
    resource: options.resource,
    start() {
      running = runReflector<T>({
        ...options,
        logger,
        signal: abort.signal,
        backoff: createBackoff(options.backoff ?? { minMs: 200, maxMs: 30_000 }),
        heard: () => {
          lastContact = performance.now();
        },
        upsert,
        remove,
        listed: (keys, isServed) => {
          served = isServed;
          for (const key of store.keys()) if (!keys.has(key)) remove(key);
          synced = true;
          firstSync.resolve();
        },
      });
    },
    async stop() {
      abort.abort(new Error("The informer was stopped."));
      firstSync.reject(
        new Error(`The informer of ${options.resource.plural} was stopped before its first list.`),
      );
      await running;
    },
    get hasSynced() {
      return synced;
    },
    get isServed() {
      return served;
    },
    synced: () => firstSync.promise,
    get size() {
      return store.size;
    },
    get: (name) => store.get(toKey(name)),
    list: store.values,
    byIndex: store.byIndex,
    select({ namespace, labels = {} }) {
      const selected = store.select(labels);
      return namespace === undefined
        ? selected
        : selected.filter((one) => one.metadata.namespace === namespace);
    },
    onChange(listener) {
      listeners.add(listener);
      for (const object of store.values()) tell(listener, { type: "added", object });
      return () => listeners.delete(listener);
    },
    silentForMs: () => performance.now() - lastContact,
  };
}
