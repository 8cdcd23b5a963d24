import { type KubernetesObject, type Live, type LiveObject, toKey } from "../cluster/kubernetes-object.ts";

/** For each object the values under which an index finds it. */
export type Indexes<T extends object> = Readonly<Record<string, (object: Live<T>) => readonly string[]>>;

/** Objects by key and by index. */
export interface Store<T extends object> {
  readonly size: number;
  get(key: string): Live<T> | undefined;
  set(object: Live<T>): void;
  delete(key: string): void;
  values(): Live<T>[];
  keys(): string[];
  byIndex(index: string, value: string): Live<T>[];
  /** All with these labels; a label asked for once is indexed from then on. */
  select(labels: Readonly<Record<string, string>>): Live<T>[];
}

export function createStore<T extends object>(indexes: Indexes<T>): Store<T> {
  const objects = new Map<string, Live<T>>();
  const found = new Map<string, Index<T>>();
  for (const [name, valuesOf] of Object.entries(indexes)) found.set(name, createIndex(valuesOf));

  function labelIndex(label: string): Index<T> {
    const name = `label ${label}`;
    const known = found.get(name);
    if (known !== undefined) return known;
    const index = createIndex<T>(({ metadata }) => metadata.labels?.[label] ?? []);
    for (const [key, object] of objects) index.add(key, object);
    found.set(name, index);
    return index;
  }

  function remove(key: string): void {
    const previous = objects.get(key);
    if (previous === undefined) return;
    for (const index of found.values()) index.remove(key, previous);
    objects.delete(key);
  }

  const toObjects = (keys: Iterable<string>) => [...keys].flatMap((key) => objects.get(key) ?? []);

  return {
    get size() {
      return objects.size;
    },
    get: (key) => objects.get(key),
    set(object) {
      const key = toKey(object.metadata);
      remove(key);
      objects.set(key, object);
      for (const index of found.values()) index.add(key, object);
    },
    delete: remove,
    values: () => [...objects.values()],
    keys: () => [...objects.keys()],
    byIndex(name, value) {
      const index = found.get(name);
      if (index === undefined) throw new TypeError(`The informer has no index ${JSON.stringify(name)}.`);
      return toObjects(index.keys(value));
    },
    select(labels) {
      const [first, ...rest] = Object.entries(labels);
      if (first === undefined) return [...objects.values()];
      const candidates = toObjects(labelIndex(first[0]).keys(first[1]));
      return candidates.filter(({ metadata }) =>
        rest.every(([label, value]) => metadata.labels?.[label] === value),
      );
    },
  };
}

interface Index<T extends object> {
  add(key: string, object: Live<T>): void;
  remove(key: string, object: Live<T>): void;
  keys(value: string): Iterable<string>;
}

function createIndex<T extends object>(valuesOf: (object: Live<T>) => string | readonly string[]): Index<T> {
  const keysOf = new Map<string, Set<string>>();
  return {
    add(key, object) {
      for (const value of [valuesOf(object)].flat()) {
        const keys = keysOf.get(value);
        if (keys === undefined) keysOf.set(value, new Set([key]));
        else keys.add(key);
      }
    },
    remove(key, object) {
      for (const value of [valuesOf(object)].flat()) {
        const keys = keysOf.get(value);
        keys?.delete(key);
        if (keys?.size === 0) keysOf.delete(value);
      }
    },
    keys: (value) => keysOf.get(value) ?? [],
  };
}

/** The index every informer has: the uids of an object's owners. */
export const OWNER_INDEX = "ownerUid";

export function ownerUids(object: LiveObject): string[] {
  return object.metadata.ownerReferences?.map((owner) => owner.uid) ?? [];
}

/** Drops what no controller of ours reads and what makes up a third of an object. */
export function dropManagedFields<T extends KubernetesObject>(object: T): T {
  if (object.metadata !== undefined) delete object.metadata.managedFields;
  return object;
}
