import type { KubeObject, OwnerReference } from "../api/cluster-api.ts";

type WithMeta = { readonly metadata: KubeObject["metadata"] };

/** The owner that manages the object: the reference with `controller: true`, of which there is one at most. */
export function controllerOf({ metadata }: WithMeta): OwnerReference | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function isControlledBy(object: WithMeta, owner: WithMeta): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** What a controller writes into the children that it makes. */
export function toOwner({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** `namespace/name`, or the name alone for what is in no namespace. */
export function keyOf({ metadata: { namespace, name } }: WithMeta): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function splitKey(key: string): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf("/");
  return slash === -1
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
