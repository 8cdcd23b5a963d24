import type {
  ClusterApi,
  DeleteOptions,
  KubeObject,
  OwnerReference,
  StoreEvent,
} from "../api/cluster-api.ts";
import { hasReason } from "../errors.ts";
import { EventRecorder } from "../node/events.ts";
import type { ControllerContext, StartController } from "./context.ts";
import { watchEveryResource } from "./every-resource.ts";
import { createLoop, type Loop, type Reconciled } from "./loop.ts";
import { type Item, OwnerGraph } from "./owner-graph.ts";
import { keyOf, splitKey } from "./owners.ts";

const orphan = "orphan";
const foreground = "foregroundDeletion";
const unknownKindAgainMs = 30_000;

/**
 * Deletes what no owner is left of, and carries out deletions that name a propagation policy: an owner deleted in the
 * foreground goes after the dependents that block it, one deleted as `Orphan` after it was taken out of its dependents.
 *
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export const startGarbageCollector: StartController = (context) => {
  const collector = new GarbageCollector(context);
  return { stop: () => collector.stop() };
};

/** What an owner reference leads to. */
type OwnerState = "solid" | "dangling" | "waiting" | "unknown kind" | "invalid";

class GarbageCollector {
  readonly #api: ClusterApi;
  readonly #recorder: EventRecorder;
  readonly #graph = new OwnerGraph();
  readonly #loop: Loop;
  readonly #end: () => void;

  constructor({ api, clock, onFault }: ControllerContext) {
    this.#api = api;
    this.#recorder = new EventRecorder(api, clock, { component: "garbage-collector-controller", host: "" });
    this.#loop = createLoop({ clock, reconcile: (key) => this.#reconcile(parseItem(key)), onFault });
    this.#end = watchEveryResource(api, (resource, event) => {
      if (resource !== "events") this.#onEvent(resource, event);
    });
  }

  stop(): void {
    this.#end();
    this.#loop.stop();
  }

  #onEvent(resource: string, { type, object, previous }: StoreEvent): void {
    if (type === "MODIFIED" && previous !== undefined && linksOf(previous) === linksOf(object)) return;
    if (type === "DELETED") this.#graph.remove(object.metadata.uid);
    else this.#graph.put(resource, object);
    if (type === "DELETED") this.#enqueueAll(this.#graph.dependentsOf(object.metadata.uid));
    else if (needsCare(object)) this.#loop.enqueue(renderItem(itemOf(resource, object)));
    this.#enqueueAll(
      [...ownersOf(object), ...ownersOf(previous)].flatMap(({ uid }) => this.#graph.find(uid) ?? []),
    );
  }

  #enqueueAll(items: readonly Item[]): void {
    for (const item of items) this.#loop.enqueue(renderItem(item));
  }

  #reconcile(item: Item): Reconciled {
    const object = this.#get(item);
    if (object === undefined) return;
    if (isDeletingDependents(object)) this.#deleteDependents(item, object);
    else if (object.metadata.deletionTimestamp === undefined) return this.#collect(item, object);
    else if (object.metadata.finalizers?.includes(orphan)) this.#orphanDependents(item, object);
    return;
  }

  /** Foreground: dependents first; the owner is let go when none is left that blocks it. */
  #deleteDependents(item: Item, owner: KubeObject): void {
    const { uid } = owner.metadata;
    const dependents = this.#graph.dependentsOf(uid);
    const blocks = ({ uid: of, blockOwnerDeletion }: OwnerReference) =>
      of === uid && blockOwnerDeletion === true;
    if (dependents.some((dependent) => ownersOf(this.#get(dependent)).some(blocks))) {
      this.#enqueueAll(dependents.filter((dependent) => !isDeletingDependents(this.#get(dependent))));
    } else this.#dropFinalizer(item, owner, foreground);
  }

  #orphanDependents(item: Item, owner: KubeObject): void {
    for (const dependent of this.#graph.dependentsOf(owner.metadata.uid)) {
      const object = this.#get(dependent);
      if (object !== undefined) this.#keepOwners(dependent, object, ({ uid }) => uid !== owner.metadata.uid);
    }
    this.#dropFinalizer(item, owner, orphan);
  }

  /** Deletes an object that has owners, none of which is left. */
  #collect(item: Item, object: KubeObject): Reconciled {
    const owners = ownersOf(object);
    if (owners.length === 0) return;
    const states = new Map(owners.map((owner) => [owner.uid, this.#stateOf(item, owner)]));
    const found = new Set(states.values());
    if (found.has("invalid")) return;
    if (found.has("unknown kind")) return unknownKindAgainMs;
    if (found.has("solid")) this.#keepOwners(item, object, ({ uid }) => states.get(uid) === "solid");
    else if (found.has("waiting") && this.#graph.dependentsOf(object.metadata.uid).length > 0) {
      this.#delete(item, this.#breakCycle(item, object), "Foreground");
    } else this.#delete(item, object, policyOf(object));
    return;
  }

  #stateOf(item: Item, owner: OwnerReference): OwnerState {
    const kind = this.#api.resources().find((it) => it.kind === owner.kind && groupOf(it) === groupOf(owner));
    if (kind === undefined) return this.#graph.isGone(owner.uid) ? "dangling" : "unknown kind";
    if (kind.namespaced && item.namespace === undefined) return "invalid";
    const namespace = kind.namespaced ? item.namespace : undefined;
    const found = this.#get({ resource: kind.resource, namespace, name: owner.name });
    if (found?.metadata.uid === owner.uid) return isDeletingDependents(found) ? "waiting" : "solid";
    this.#tellOfWrongNamespace(item, owner);
    return "dangling";
  }

  #tellOfWrongNamespace(item: Item, { apiVersion, kind, name, uid }: OwnerReference): void {
    const object = this.#get(item);
    if (object === undefined || this.#graph.find(uid) === undefined) return;
    const reference = `[${apiVersion}/${kind}, namespace: ${item.namespace ?? ""}, name: ${name}, uid: ${uid}]`;
    const message = `ownerRef ${reference} does not exist in namespace ${JSON.stringify(item.namespace ?? "")}`;
    this.#recorder.record({ object }, "Warning", "OwnerRefInvalidNamespace", message);
  }

  /** Owners that wait for their dependents in a circle would wait for ever: here it no longer blocks its own. */
  #breakCycle(item: Item, object: KubeObject): KubeObject {
    const dependents = this.#graph.dependentsOf(object.metadata.uid);
    if (!dependents.some((dependent) => isDeletingDependents(this.#get(dependent)))) return object;
    const ownerReferences = ownersOf(object).map((owner) => ({ ...owner, blockOwnerDeletion: false }));
    return this.#update(item, object, { ownerReferences });
  }

  #keepOwners(item: Item, object: KubeObject, isKept: (owner: OwnerReference) => boolean): void {
    const ownerReferences = ownersOf(object).filter(isKept);
    if (ownerReferences.length !== ownersOf(object).length) this.#update(item, object, { ownerReferences });
  }

  #dropFinalizer(item: Item, object: KubeObject, finalizer: string): void {
    const finalizers = (object.metadata.finalizers ?? []).filter((it) => it !== finalizer);
    this.#update(item, object, { finalizers });
  }

  #update({ resource }: Item, object: KubeObject, change: Partial<KubeObject["metadata"]>): KubeObject {
    return this.#api.update(resource, { ...object, metadata: { ...object.metadata, ...change } });
  }

  #delete(
    { resource, namespace, name }: Item,
    { metadata }: KubeObject,
    propagationPolicy: NonNullable<DeleteOptions["propagationPolicy"]>,
  ): void {
    const { uid, resourceVersion } = metadata;
    this.#api.delete(resource, namespace, name, {
      propagationPolicy,
      preconditions: { uid, resourceVersion },
    });
  }

  #get({ resource, namespace, name }: Item): KubeObject | undefined {
    try {
      return this.#api.get(resource, namespace, name);
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }
}

function itemOf(resource: string, { metadata: { namespace, name } }: KubeObject): Item {
  return { resource, namespace, name };
}

function renderItem({ resource, namespace, name }: Item): string {
  return `${resource} ${keyOf({ metadata: { namespace, name } as KubeObject["metadata"] })}`;
}

function parseItem(key: string): Item {
  const [resource = "", path = ""] = key.split(" ");
  return { resource, ...splitKey(path) };
}

function ownersOf(object: KubeObject | undefined): readonly OwnerReference[] {
  return object?.metadata.ownerReferences ?? [];
}

function groupOf({ apiVersion }: { readonly apiVersion: string }): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

function needsCare({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined || (metadata.ownerReferences?.length ?? 0) > 0;
}

/** What of an object concerns the collector. */
function linksOf({ metadata }: KubeObject): string {
  return JSON.stringify([metadata.ownerReferences, metadata.finalizers, metadata.deletionTimestamp]);
}

function isDeletingDependents(object: KubeObject | undefined): boolean {
  const { deletionTimestamp, finalizers } = object?.metadata ?? {};
  return deletionTimestamp !== undefined && finalizers?.includes(foreground) === true;
}

function policyOf({ metadata }: KubeObject): NonNullable<DeleteOptions["propagationPolicy"]> {
  if (metadata.finalizers?.includes(orphan)) return "Orphan";
  return metadata.finalizers?.includes(foreground) ? "Foreground" : "Background";
}
