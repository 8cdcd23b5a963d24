import type { DeleteOptions, KubeObject } from "../api/cluster-api.ts";
import { badRequest, conflict } from "../errors.ts";
import type { Draft } from "../kinds/resource.ts";
import { strategies } from "../kinds/strategies.ts";
import { isEqual } from "../patch/json-patch.ts";
import { keyOf } from "../store/store.ts";
import { type Cluster, nowText, type Target, toTime } from "./cluster.ts";
import { fromStorage, toStorage } from "./conversion.ts";
import { isReadyToGo, readDraft, readObject } from "./update.ts";

export interface Deleted {
  readonly object: KubeObject;
  /** False while finalizers or a grace period hold the object. */
  readonly gone: boolean;
}

/** DELETE: removes the object, or marks it when finalizers, the node or its namespace's content must come first. */
export function deleteObject(
  cluster: Cluster,
  target: Target,
  options: DeleteOptions,
  dryRun: boolean,
): Deleted {
  const { resource } = target;
  const draft = readDraft(cluster, target);
  assertPreconditions(target, draft, options);
  const before = readObject(cluster, target);
  strategies.get(resource.id)?.prepareDelete?.(draft, cluster, target);
  const grace = graceSeconds(target, draft, options);
  setPropagation(draft, options);
  if (
    draft.metadata.deletionTimestamp === undefined ||
    grace < (draft.metadata.deletionGracePeriodSeconds ?? 0)
  ) {
    draft.metadata.deletionTimestamp =
      grace === 0 ? nowText(cluster.clock) : toTime(cluster.clock.now() + grace * 1000);
    draft.metadata.deletionGracePeriodSeconds = grace;
    if (draft.metadata.generation !== undefined && before.metadata.deletionTimestamp === undefined)
      draft.metadata.generation += 1;
  }
  const gone = isReadyToGo(draft);
  if (dryRun) return { object: gone ? before : (draft as unknown as KubeObject), gone };
  const key = keyOf(target.namespace, target.name);
  if (gone) {
    const last = cluster.store.remove(resource.storedAs, key) ?? before;
    strategies.get(resource.id)?.deleted?.(draft, cluster);
    return { object: fromStorage(target, last, target.version), gone };
  }
  if (isEqual(draft, before)) return { object: before, gone };
  const stored = cluster.store.put(resource.storedAs, key, toStorage(target, draft));
  return { object: fromStorage(target, stored, target.version), gone };
}

function assertPreconditions(target: Target, draft: Draft, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  if (uid !== undefined && uid !== draft.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${draft.metadata.uid}`;
    throw conflict(target.resource, target.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== draft.metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${draft.metadata.resourceVersion}`;
    throw conflict(target.resource, target.name, why);
  }
}

interface PodParts {
  spec?: { nodeName?: string; terminationGracePeriodSeconds?: number };
  status?: { phase?: string };
}

/** Only a pod that a node holds is given time to end. */
function graceSeconds(target: Target, draft: Draft, options: DeleteOptions): number {
  if (target.resource.id !== "pods") return 0;
  const { spec, status } = draft as PodParts;
  if (!spec?.nodeName || status?.phase === "Succeeded" || status?.phase === "Failed") return 0;
  const wanted = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  const current = draft.metadata.deletionGracePeriodSeconds;
  return Math.max(
    0,
    current === undefined ? wanted : Math.min(current, options.gracePeriodSeconds ?? current),
  );
}

const propagation = ["orphan", "foregroundDeletion"];
const finalizerOf = { Orphan: "orphan", Foreground: "foregroundDeletion", Background: undefined } as const;

function setPropagation(draft: Draft, { propagationPolicy }: DeleteOptions): void {
  if (propagationPolicy === undefined) return;
  if (!(propagationPolicy in finalizerOf)) {
    throw badRequest(
      `propagationPolicy: Unsupported value: "${propagationPolicy}": supported values: "Foreground", "Background", "Orphan"`,
    );
  }
  const others = (draft.metadata.finalizers ?? []).filter((finalizer) => !propagation.includes(finalizer));
  const added = finalizerOf[propagationPolicy];
  const finalizers = added === undefined ? others : [...others, added];
  if (finalizers.length > 0) draft.metadata.finalizers = finalizers;
  else delete draft.metadata.finalizers;
}
