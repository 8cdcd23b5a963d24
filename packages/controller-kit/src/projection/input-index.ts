import type { LiveObject, ObjectReference } from "../cluster/kubernetes-object.ts";

/** Which projected objects read which other objects. */
export interface InputIndex {
  set(key: string, references: readonly ObjectReference[]): void;
  delete(key: string): void;
  /** Keys of the objects that read one of these (an object as it is and as it was). */
  readersOf(...objects: readonly LiveObject[]): Set<string>;
}

export function createInputIndex(): InputIndex {
  const referencesOf = new Map<string, readonly ObjectReference[]>();
  const byTarget = new Map<string, Map<string, readonly ObjectReference[]>>();

  function remove(key: string): void {
    for (const reference of referencesOf.get(key) ?? []) {
      const target = toTarget(reference);
      byTarget.get(target)?.delete(key);
      if (byTarget.get(target)?.size === 0) byTarget.delete(target);
    }
    referencesOf.delete(key);
  }

  return {
    set(key, references) {
      remove(key);
      if (references.length > 0) referencesOf.set(key, references);
      for (const [target, same] of Map.groupBy(references, toTarget)) {
        byTarget.set(target, (byTarget.get(target) ?? new Map()).set(key, same));
      }
    },
    delete: remove,
    readersOf(...objects) {
      const readers = new Set<string>();
      for (const object of objects) {
        for (const target of targetsOf(object)) {
          for (const [key, references] of byTarget.get(target) ?? []) {
            if (references.some((reference) => selects(reference, object))) readers.add(key);
          }
        }
      }
      return readers;
    },
  };
}

function toTarget({ apiVersion, kind, namespace = "", name = "" }: ObjectReference): string {
  return `${apiVersion}/${kind}/${namespace}/${name}`;
}

/** By name, by labels in the namespace, by labels anywhere. */
function targetsOf({ apiVersion, kind, metadata }: LiveObject): string[] {
  const inNamespace = { apiVersion, kind, namespace: metadata.namespace };
  return [
    ...new Set([{ ...inNamespace, name: metadata.name }, inNamespace, { apiVersion, kind }].map(toTarget)),
  ];
}

function selects({ labels = {} }: ObjectReference, { metadata }: LiveObject): boolean {
  return Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value);
}
