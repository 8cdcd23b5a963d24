import { hasReason } from "../../errors.ts";
import { namespaceOf } from "../../node/pod.ts";
import { isEqual } from "../../patch/json-patch.ts";
import { claim } from "../claim.ts";
import { isNamespaceGoing } from "../namespace-going.ts";
import { toOwner } from "../owners.ts";
import { type ReplicaSet, replicaSets, sizeOf } from "../replicaset/replicaset.ts";
import { conditionOf } from "./conditions.ts";
import { allOf, type Deployment, type Desk, hashLabel, type ReplicaSets } from "./deployment.ts";
import { noteCollision, noteProgress, noteRevision } from "./notes.ts";
import { currentAnnotations, nextRevision, revisionOf, sizeAnnotations } from "./revisions.ts";
import { oldestFirst, rollingSize, tellScaled } from "./scaling.ts";
import { isSameTemplate, templateHash } from "./template-hash.ts";

/** The deployment's replica sets as they are now; orphans that its selector takes are adopted. */
export function findReplicaSets({ api }: Desk, deployment: Deployment): ReplicaSets {
  const candidates = api.list<ReplicaSet>(replicaSets, { namespace: namespaceOf(deployment) });
  const sets = oldestFirst(claim(api, replicaSets, deployment, candidates));
  const current = sets.find((set) => isSameTemplate(set.spec.template, deployment.spec.template));
  return { current, old: sets.filter((set) => set !== current) };
}

/** Numbers the template's replica set, and the deployment after it, and hands annotations down. */
export function numberRevision(desk: Desk, deployment: Deployment, { current, old }: ReplicaSets): void {
  if (current === undefined) return;
  const { annotations = {} } = current.metadata;
  const wanted = currentAnnotations(deployment, annotations, nextRevision(old));
  const metadata = { ...current.metadata, annotations: wanted };
  const spec = { ...current.spec, ...minReady(deployment, current) };
  if (!isEqual({ metadata, spec }, { metadata: current.metadata, spec: current.spec })) {
    desk.api.update(replicaSets, { ...current, metadata, spec });
  }
  noteRevision(desk, deployment, revisionOf({ ...current, metadata }));
  if (conditionOf(deployment.status, "Progressing") === undefined) {
    const message = `Found new replica set "${current.metadata.name}"`;
    noteProgress(desk, deployment, { status: "True", reason: "FoundNewReplicaSet", message });
  }
}

/** The deployment's `minReadySeconds`; 0 is written only over another number, as Go's `omitempty` has it. */
function minReady({ spec }: Deployment, set?: ReplicaSet): { minReadySeconds?: number } {
  const { minReadySeconds = 0 } = spec;
  return minReadySeconds === 0 && !set?.spec.minReadySeconds ? {} : { minReadySeconds };
}

/**
 * Makes the replica set of the deployment's template, in its first size. When its name is taken, that is counted into
 * the next hash, and the deployment's change has it tried again. Throws on every other failure.
 */
export function createReplicaSet(desk: Desk, deployment: Deployment, sets: ReplicaSets): void {
  const created = tryCreate(desk, deployment, renderReplicaSet(deployment, sets));
  if (created === undefined) {
    noteCollision(desk, deployment);
    return;
  }
  const { name } = created.metadata;
  const size = sizeOf(created);
  if (size > 0) tellScaled(desk, deployment, `Scaled up replica set ${name} from 0 to ${size}`);
  noteRevision(desk, deployment, revisionOf(created));
  const message = `Created new replica set "${name}"`;
  noteProgress(desk, deployment, { status: "True", reason: "NewReplicaSetCreated", message });
}

function renderReplicaSet(deployment: Deployment, sets: ReplicaSets) {
  const { template, selector } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount ?? 0);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      annotations: {
        ...currentAnnotations(deployment, {}, nextRevision(sets.old)),
        ...sizeAnnotations(deployment),
      },
      ownerReferences: [toOwner(deployment)],
    },
    spec: {
      replicas: rollingSize(deployment, allOf(sets), 0),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
      ...minReady(deployment),
    },
  };
}

/** The replica set, or nothing when its name is taken. */
function tryCreate(
  desk: Desk,
  deployment: Deployment,
  set: ReturnType<typeof renderReplicaSet>,
): ReplicaSet | undefined {
  try {
    return desk.api.create<ReplicaSet>(replicaSets, set);
  } catch (error) {
    if (hasReason(error, "AlreadyExists")) return undefined;
    if (!isNamespaceGoing(error)) tellFailure(desk, deployment, set.metadata.name, error);
    throw error;
  }
}

function tellFailure(desk: Desk, deployment: Deployment, name: string, error: unknown): void {
  const reason = "ReplicaSetCreateError";
  const message = `Failed to create new replica set "${name}": ${(error as Error).message}`;
  noteProgress(desk, deployment, { status: "False", reason, message });
  desk.recorder.record({ object: deployment }, "Warning", reason, message);
}
