/** A resource's name as Kubernetes writes it: `pods`, `deployments.apps`, `functions.kubeless.io`. */
export type GroupResource = string;

/** An object as it is on the wire and in the store: plain JSON, frozen, replaced whole by every write. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly unknown[];
}

/**
 * The wire form of one of client-node's model types: its `Date`s are RFC 3339 strings in JSON.
 * `Wire<V1Pod>` is what the store holds; client-node itself is a development dependency only (types).
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

type WatchEventType = "ADDED" | "MODIFIED" | "DELETED";

export interface StoreEvent<T = KubeObject> {
  readonly type: WatchEventType;
  readonly object: T;
  /** The object as it was before; absent for ADDED. */
  readonly previous?: T;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface Scale {
  readonly spec: { readonly replicas?: number };
  /** `selector` is in the text form of `kubectl get -l`. */
  readonly status: { readonly replicas: number; readonly selector?: string };
}

export interface DeleteOptions {
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/**
 * The API server as the embedded controllers and the node agent see it: in the same process, synchronous, through
 * the same write pipeline as a request over HTTPS (defaults, validation, no-op detection, finalizers, events to
 * watchers). Every failure is a thrown `StatusError` (409 Conflict, 404 NotFound, 422 Invalid, …).
 */
export interface ClusterApi {
  get<T extends object = KubeObject>(
    resource: GroupResource,
    namespace: string | undefined,
    name: string,
  ): T | undefined;
  list<T extends object = KubeObject>(
    resource: GroupResource,
    options?: { namespace?: string; labelSelector?: LabelSelector },
  ): readonly T[];
  /** Creates; `metadata.generateName` is honoured. Returns the stored object. */
  create<T extends object = KubeObject>(resource: GroupResource, object: object): T;
  /** Replaces everything but status; with `metadata.resourceVersion` set, a stale one is 409 Conflict. */
  update<T extends object = KubeObject>(resource: GroupResource, object: object): T;
  /** Replaces status only. */
  updateStatus<T extends object = KubeObject>(resource: GroupResource, object: object): T;
  /** The scale subresource; undefined when there is no such object. Throws NotFound for a kind that has none. */
  scale(resource: GroupResource, namespace: string | undefined, name: string): Scale | undefined;
  /** Writes how many replicas are wanted, as the scale subresource does: recorded apart from other updates. */
  updateScale(resource: GroupResource, namespace: string | undefined, name: string, replicas: number): void;
  delete(resource: GroupResource, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  /**
   * Calls back after each commit, in commit order, never inside a write (on a microtask); first with ADDED for what is
   * there already. Returns the function that ends it. A callback that throws ends nothing: the fault is logged.
   */
  watch<T extends object = KubeObject>(
    resource: GroupResource,
    listener: (event: StoreEvent<T>) => void,
  ): () => void;
  /** Every group-resource served now, custom ones included, with what the garbage collector and namespaces need. */
  resources(): readonly { resource: GroupResource; apiVersion: string; kind: string; namespaced: boolean }[];
}

/** Time as the cluster's parts see it, so that tests can drive it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): { clear(): void };
}
