import { type ConditionWords, withCondition } from "./conditions.ts";
import { type Deployment, type Desk, deployments, progressDeadlineMs } from "./deployment.ts";
import { revisionAnnotation, revisionOf } from "./revisions.ts";

// Each note is written at once, over what is stored now, so that none is lost when a later step fails.

/** Beside the status: written as part of the deployment itself, it would count as a change of what is wanted. */
export function noteRevision(desk: Desk, deployment: Deployment, revision: number): void {
  const latest = read(desk, deployment);
  if (revisionOf(latest) === revision) return;
  const annotations = { ...latest.metadata.annotations, [revisionAnnotation]: String(revision) };
  desk.api.updateStatus(deployments, { ...latest, metadata: { ...latest.metadata, annotations } });
}

/** Progress is told of only where a deadline waits for it. */
export function noteProgress(desk: Desk, deployment: Deployment, words: Omit<ConditionWords, "type">): void {
  if (progressDeadlineMs(deployment) === undefined) return;
  const latest = read(desk, deployment);
  const before = latest.status?.conditions ?? [];
  const conditions = withCondition(before, { type: "Progressing", ...words }, desk.clock);
  if (conditions !== before) {
    desk.api.updateStatus(deployments, { ...latest, status: { ...latest.status, conditions } });
  }
}

/** The template's hash is that of another's replica set: it is counted into the next hash. */
export function noteCollision(desk: Desk, deployment: Deployment): void {
  const latest = read(desk, deployment);
  const collisionCount = (latest.status?.collisionCount ?? 0) + 1;
  desk.api.updateStatus(deployments, { ...latest, status: { ...latest.status, collisionCount } });
}

function read({ api }: Desk, { metadata }: Deployment): Deployment {
  const found = api.get<Deployment>(deployments, metadata.namespace, metadata.name);
  if (found === undefined) throw new Error(`deployment ${metadata.name} vanished within one reconcile`);
  return found;
}
