import type { GroupResource, KubeObject } from "../api/cluster-api.ts";

/** Where an object is found. */
export interface Item {
  readonly resource: GroupResource;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Who depends on whom, by the uids in `metadata.ownerReferences`; what is gone is not in it. */
export class OwnerGraph {
  readonly #items = new Map<string, Item>();
  readonly #owners = new Map<string, readonly string[]>();
  readonly #dependents = new Map<string, Set<string>>();
  /** Owners that were seen to go, for as long as dependents name them. */
  readonly #gone = new Set<string>();

  put(resource: GroupResource, { metadata }: KubeObject): void {
    const { uid, name, namespace, ownerReferences = [] } = metadata;
    this.#release(uid);
    this.#items.set(uid, { resource, namespace, name });
    if (ownerReferences.length === 0) return;
    this.#owners.set(
      uid,
      ownerReferences.map((owner) => owner.uid),
    );
    for (const owner of ownerReferences) {
      const dependents = this.#dependents.get(owner.uid) ?? new Set();
      this.#dependents.set(owner.uid, dependents.add(uid));
    }
  }

  remove(uid: string): void {
    this.#release(uid);
    this.#items.delete(uid);
    if (this.#dependents.has(uid)) this.#gone.add(uid);
  }

  /** Whether the owner was seen to go: true even when its kind is no longer served and nobody could be asked. */
  isGone(uid: string): boolean {
    return this.#gone.has(uid);
  }

  find(uid: string): Item | undefined {
    return this.#items.get(uid);
  }

  dependentsOf(uid: string): Item[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#items.get(dependent) ?? []);
  }

  #release(uid: string): void {
    for (const owner of this.#owners.get(uid) ?? []) {
      const dependents = this.#dependents.get(owner);
      dependents?.delete(uid);
      if (dependents?.size !== 0) continue;
      this.#dependents.delete(owner);
      this.#gone.delete(owner);
    }
    this.#owners.delete(uid);
  }
}
