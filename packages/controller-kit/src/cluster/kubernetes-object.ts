import type { ObjectMeta as NamedObjectMeta } from "@kubeless/api-types";

export type { OwnerReference } from "@kubeless/api-types";

/**
 * The wire form of one of client-node's model types: in JSON its `Date`s are RFC 3339 strings.
 * `Wire<V1Pod>` is what the API server sends and accepts.
 */
export type Wire<T> = 0 extends 1 & T
  ? T
  : T extends Date
    ? string
    : T extends readonly (infer Item)[]
      ? Wire<Item>[]
      : T extends object
        ? { [Key in keyof T]: Wire<T[Key]> }
        : T;

/** One entry of `metadata.managedFields`: who last set which fields, and how. */
export interface ManagedFieldsEntry {
  manager?: string | undefined;
  operation?: string | undefined;
  apiVersion?: string | undefined;
  subresource?: string | undefined;
  time?: string | undefined;
  fieldsType?: string | undefined;
  fieldsV1?: object | undefined;
}

/** Of any object: it may have no name yet. */
export interface ObjectMeta extends Omit<NamedObjectMeta, "name"> {
  name?: string | undefined;
  managedFields?: ManagedFieldsEntry[] | undefined;
}

/** Any object of the Kubernetes API, as one writes it. */
export interface KubernetesObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ObjectMeta | undefined;
}

/** What the API server fills in: present on every object that was read from it. */
export interface LiveObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta & { name: string; uid: string; resourceVersion: string; creationTimestamp: string };
}

/** A `T` as it was read from the API server. */
export type Live<T extends object> = T & LiveObject;

/** A namespaced (or, with no namespace, a cluster-scoped) object's name. */
export interface ObjectName {
  namespace?: string | undefined;
  name: string;
}

/** Points at one object, or with `labelSelector` instead of `name` at some objects, of one kind. */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name?: string | undefined;
  /** All of these labels; only when `name` is absent. */
  labels?: Readonly<Record<string, string>> | undefined;
}

/** `namespace/name`, or `name` alone for a cluster-scoped object: what work queues hold. */
export function toKey({ namespace, name }: ObjectName): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The opposite of {@link toKey}. */
export function fromKey(key: string): ObjectName {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Whether `uid` owns the object. Ownership is by uid, never by name or kind. */
export function isOwnedBy(object: KubernetesObject, uid: string): boolean {
  return object.metadata?.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}
