import type { GroupResource, KubeObject, StoreEvent } from "../api/cluster-api.ts";
import { StatusError } from "../errors.ts";

/** A stored event with the revision it happened at. */
export interface Logged extends StoreEvent {
  readonly revision: number;
}

export interface Commit {
  readonly resource: GroupResource;
  readonly key: string;
  /** Absent for a deletion. */
  readonly object?: KubeObject;
  readonly revision: number;
}

export interface StoreOptions {
  /** The revision before the first write; without saved state the wall clock, so that older ones are too old. */
  readonly startRevision: number;
  /** How many events of each resource can be replayed. */
  readonly historyLimit: number;
  /** Called inside every commit, before anybody hears of it; a throw refuses the write. */
  readonly onCommit?: (commit: Commit) => void;
}

/**
 * All objects by group-resource and `namespace/name`, one gap-free revision counter, and per resource a log of the
 * last events (deletions included) that watches resume from. Every write is one synchronous step.
 */
export interface Store {
  readonly revision: number;
  get(resource: GroupResource, key: string): KubeObject | undefined;
  /** In the order of their keys. */
  list(resource: GroupResource): readonly KubeObject[];
  put(resource: GroupResource, key: string, draft: object): KubeObject;
  remove(resource: GroupResource, key: string, last?: object): KubeObject | undefined;
  /** Events after `revision`, oldest first. Throws Expired when they are no longer known. */
  since(resource: GroupResource, revision: number): readonly Logged[];
  /** Events up to this revision are no longer known. */
  floor(resource: GroupResource): number;
  subscribe(resource: GroupResource, listener: (event: Logged) => void): () => void;
  /** Forgets a resource's objects' history: its kind is gone. */
  forget(resource: GroupResource): void;
  load(resource: GroupResource, key: string, object: KubeObject): void;
  counts(): ReadonlyMap<GroupResource, number>;
}

interface Shelf {
  readonly objects: Map<string, KubeObject>;
  readonly listeners: Set<(event: Logged) => void>;
  sorted: readonly KubeObject[] | undefined;
  history: Logged[];
  /** Events up to and including this revision cannot be replayed. */
  floor: number;
}

export function createStore(options: StoreOptions): Store {
  const shelves = new Map<GroupResource, Shelf>();
  let revision = options.startRevision;
  const floor = options.startRevision;

  const shelfOf = (resource: GroupResource): Shelf => {
    let shelf = shelves.get(resource);
    if (shelf === undefined) {
      shelf = { objects: new Map(), listeners: new Set(), sorted: undefined, history: [], floor };
      shelves.set(resource, shelf);
    }
    return shelf;
  };

  const record = (shelf: Shelf, event: Logged) => {
    shelf.sorted = undefined;
    shelf.history.push(event);
    if (shelf.history.length > options.historyLimit * 2) {
      const dropped = shelf.history.splice(0, shelf.history.length - options.historyLimit);
      shelf.floor = dropped.at(-1)?.revision ?? shelf.floor;
    }
    for (const listener of [...shelf.listeners]) listener(event);
  };

  return {
    get revision() {
      return revision;
    },
    get: (resource, key) => shelves.get(resource)?.objects.get(key),
    list(resource) {
      const shelf = shelfOf(resource);
      shelf.sorted ??= [...shelf.objects.entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object);
      return shelf.sorted;
    },
    put(resource, key, draft) {
      const next = revision + 1;
      const object = stamp(draft, next);
      options.onCommit?.({ resource, key, object, revision: next });
      revision = next;
      const shelf = shelfOf(resource);
      const previous = shelf.objects.get(key);
      shelf.objects.set(key, object);
      record(
        shelf,
        previous === undefined
          ? { type: "ADDED", object, revision: next }
          : { type: "MODIFIED", object, previous, revision: next },
      );
      return object;
    },
    remove(resource, key, last) {
      const shelf = shelfOf(resource);
      const previous = shelf.objects.get(key);
      if (previous === undefined) return undefined;
      const next = revision + 1;
      const object = stamp(last ?? previous, next);
      options.onCommit?.({ resource, key, revision: next });
      revision = next;
      shelf.objects.delete(key);
      record(shelf, { type: "DELETED", object, previous, revision: next });
      return object;
    },
    since(resource, from) {
      const shelf = shelfOf(resource);
      if (from < shelf.floor) {
        throw new StatusError("Expired", `too old resource version: ${from} (${shelf.floor + 1})`);
      }
      return shelf.history.slice(firstAfter(shelf.history, from));
    },
    floor: (resource) => shelfOf(resource).floor,
    subscribe(resource, listener) {
      const { listeners } = shelfOf(resource);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    forget(resource) {
      const shelf = shelfOf(resource);
      shelf.history = [];
      shelf.floor = revision;
    },
    load(resource, key, object) {
      const shelf = shelfOf(resource);
      shelf.objects.set(key, deepFreeze(object));
      shelf.sorted = undefined;
    },
    counts: () => new Map([...shelves].map(([resource, shelf]) => [resource, shelf.objects.size])),
  };
}

/** `namespace/name`, or the name alone for what is in no namespace. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

function stamp(draft: object, revision: number): KubeObject {
  const object = draft as KubeObject;
  return deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}

function firstAfter(history: readonly Logged[], revision: number): number {
  let [low, high] = [0, history.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((history[middle]?.revision ?? 0) > revision) high = middle;
    else low = middle + 1;
  }
  return low;
}
