import { isAlreadyExists } from "../cluster/api-error.ts";
import type { ClusterClient } from "../cluster/client.ts";
import {
  isOwnedBy,
  type KubernetesObject,
  type Live,
  type ManagedFieldsEntry,
} from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";
import { findDifference } from "./differs.ts";
import { isFieldHeld, joinManagers } from "./managed-fields.ts";
import { APPLIED_ANNOTATION, type PreparedChild } from "./prepare.ts";

export type ChildObject = Live<KubernetesObject & Record<string, unknown>>;

/** Why a child is not written though the API server would take it. */
export class ChildRefusal extends Error {
  override readonly name = "ChildRefusal";
  readonly reason: "NotOurs" | "TakeOverBlocked" | "Terminating";

  constructor(reason: ChildRefusal["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface ChildWrite {
  client: ClusterClient;
  resource: Resource<ChildObject>;
  child: PreparedChild;
  ownerUid: string;
  /** The child as the watch knows it. */
  known: ChildObject | undefined;
  /** Only its metadata is known. */
  metadataOnly: boolean;
  fieldManager: string;
  /** Managers of former versions, whose fields become ours. */
  formerManagers: readonly string[];
  /** Why nothing may be taken over now. */
  takeOverBlocked: () => { message: string } | undefined;
}

/**
 * Makes a child as rendered; sends nothing when it is (its annotation has the hash of what is rendered, and every
 * rendered leaf equals the live one). Creating never overwrites; every write to an existing object carries the
 * resourceVersion that was read right before, so that it fails with `Conflict` rather than undo somebody's change.
 * @throws ChildRefusal, ApiError
 */
export async function writeChild(write: ChildWrite): Promise<ChildObject> {
  if (write.known !== undefined && isUpToDate(write, write.known)) return write.known;
  const created = write.known === undefined ? await create(write) : undefined;
  return created ?? update(write);
}

async function create({
  client,
  resource,
  child,
  fieldManager,
}: ChildWrite): Promise<ChildObject | undefined> {
  try {
    return await client.create(resource, child as unknown as ChildObject, { fieldManager });
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

async function update(write: ChildWrite): Promise<ChildObject> {
  const { client, resource, child, fieldManager } = write;
  const live = await client.get(resource, child.metadata);
  refuseForeign(write, live);
  if (isUpToDate({ ...write, metadataOnly: false }, live)) return live;
  const ours = await takeOver(write, live);
  const config = { ...keepReplicas(child, ours, fieldManager) };
  config.metadata = { ...config.metadata, resourceVersion: ours.metadata.resourceVersion };
  return client.apply(resource, config, { fieldManager });
}

function isUpToDate({ child, metadataOnly }: ChildWrite, live: ChildObject): boolean {
  const applied = live.metadata.annotations?.[APPLIED_ANNOTATION];
  if (applied !== child.metadata.annotations[APPLIED_ANNOTATION] || live.metadata.deletionTimestamp)
    return false;
  return findDifference(metadataOnly ? { metadata: child.metadata } : child, live) === undefined;
}

function refuseForeign({ child, ownerUid }: ChildWrite, live: ChildObject): void {
  const what = `${child.kind} ${child.metadata.name}`;
  const controller = live.metadata.ownerReferences?.find(
    (owner) => owner.controller && owner.uid !== ownerUid,
  );
  if (controller !== undefined || !isOwnedBy(live, ownerUid)) {
    const by = controller
      ? `belongs to ${controller.kind} ${controller.name}`
      : "was not made by this controller";
    throw new ChildRefusal("NotOurs", `${what} exists and ${by}; delete or rename it to go on.`);
  }
  if (live.metadata.deletionTimestamp) {
    throw new ChildRefusal("Terminating", `${what} is being deleted; it is made again when it is gone.`);
  }
}

/** The object with its former managers' fields made ours, under the precondition that nobody wrote it meanwhile. */
async function takeOver(write: ChildWrite, live: ChildObject): Promise<ChildObject> {
  const tracked = await ensureTracked(write, live);
  const { fieldManager, formerManagers } = write;
  const joined = joinManagers(tracked.metadata, tracked.apiVersion, fieldManager, formerManagers);
  if (joined === undefined) return tracked;
  if (joined.tookOver) refuseBlocked(write);
  const patch = [
    { op: "replace", path: "/metadata/managedFields", value: joined.entries },
    { op: "replace", path: "/metadata/resourceVersion", value: tracked.metadata.resourceVersion },
  ];
  return write.client.patch(write.resource, tracked.metadata, patch, { type: "json", fieldManager });
}

/**
 * An object from before field tracking has no managedFields; its first apply, of nothing but who it is, makes the API
 * server attribute all the rest to `before-first-apply`.
 */
async function ensureTracked(write: ChildWrite, live: ChildObject): Promise<ChildObject> {
  if ((live.metadata.managedFields ?? []).length > 0) return live;
  refuseBlocked(write);
  const { namespace, name, uid, resourceVersion } = live.metadata;
  const { ownerReferences } = write.child.metadata;
  const identity = { metadata: { namespace, name, uid, resourceVersion, ownerReferences } };
  return write.client.apply(write.resource, identity, { fieldManager: write.fieldManager });
}

function refuseBlocked(write: ChildWrite): void {
  const blocked = write.takeOverBlocked();
  if (blocked !== undefined) throw new ChildRefusal("TakeOverBlocked", blocked.message);
}

const REPLICAS = ["spec", "replicas"] as const;

/**
 * Who no longer renders `replicas` (an autoscaler decides now) must not drop it while nobody else owns it: the API
 * server would reset it to 1. So the live value stays in our set until somebody changes it, which takes it from us.
 */
function keepReplicas(child: PreparedChild, live: ChildObject, ours: string): PreparedChild {
  const replicas = (live.spec as { replicas?: number } | undefined)?.replicas;
  if (child.spec === undefined || child.spec.replicas !== undefined || replicas === undefined) return child;
  const isOurs = (entry: ManagedFieldsEntry) => entry.manager === ours && !entry.subresource;
  const another = isFieldHeld(live.metadata, REPLICAS, (entry) => !isOurs(entry));
  if (another || !isFieldHeld(live.metadata, REPLICAS, isOurs)) return child;
  return { ...child, spec: { ...child.spec, replicas } };
}
