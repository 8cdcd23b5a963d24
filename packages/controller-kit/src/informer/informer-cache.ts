import type { ClusterClient } from "../cluster/client.ts";
import type { Live } from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";
import type { Logger } from "../log/logger.ts";
import { createInformer, type Informer, type InformerOptions } from "./informer.ts";

/** What of a kind is watched. */
export interface WatchedKind<T extends object = object> {
  resource: Resource<T>;
  /** Only metadata is read and kept (for large objects that never change). */
  metadataOnly?: boolean | undefined;
  /** The cluster need not serve it (a CRD of somebody else's): see {@link InformerOptions.optional}. */
  optional?: boolean | undefined;
  /** Makes an object smaller before it is kept; the informer is then nobody else's. May change it in place. */
  trim?(object: Live<T>): Live<T>;
  /** Instead of the cache's own namespace. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

export interface InformerCacheOptions extends Pick<InformerOptions<object>, "backoff" | "idleTimeoutMs"> {
  client: ClusterClient;
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  logger?: Logger | undefined;
}

/** One informer for everybody in a process who watches the same. */
export interface InformerCache {
  /** The informer of that kind; started when the cache is. */
  informer<T extends object>(kind: WatchedKind<T>): Informer<T>;
  /** Starts all informers, those to come too. */
  start(): void;
  stop(): Promise<void>;
  /** Resolves when all informers there are have their first list. */
  synced(): Promise<void>;
  readonly hasSynced: boolean;
  /** The longest silence of any informer, in milliseconds. */
  silentForMs(): number;
}

export function createInformerCache(options: InformerCacheOptions): InformerCache {
  const informers = new Map<string, Informer<object>>();
  let started = false;

  function informer(kind: WatchedKind): Informer<object> {
    const namespace = kind.resource.namespaced ? (kind.namespace ?? options.namespace) : undefined;
    const what = { ...kind, namespace };
    const owner = kind.trim === undefined ? "shared" : `trimmed ${informers.size}`;
    const key = JSON.stringify([kind.resource.apiVersion, kind.resource.kind, what, owner]);
    const known = informers.get(key);
    if (known !== undefined) return known;
    const made = createInformer<object>({ ...options, ...what });
    informers.set(key, made);
    if (started) made.start();
    return made;
  }

  return {
    informer: (kind) => informer(kind as WatchedKind) as unknown as Informer<never>,
    start() {
      if (started) return;
      started = true;
      for (const each of informers.values()) each.start();
    },
    async stop() {
      await Promise.all([...informers.values()].map((each) => each.stop()));
    },
    async synced() {
      await Promise.all([...informers.values()].map((each) => each.synced()));
    },
    get hasSynced() {
      return [...informers.values()].every((each) => each.hasSynced);
    },
    silentForMs: () => Math.max(0, ...[...informers.values()].map((each) => each.silentForMs())),
  };
}
