import type { ClusterApi, StoreEvent } from "../../api/cluster-api.ts";
import { EventRecorder } from "../../node/events.ts";
import { namespaceOf, type Pod } from "../../node/pod.ts";
import { labelMatcher } from "../../store/selectors.ts";
import type { StartController } from "../context.ts";
import { type Loop, type Reconciled, startLoop } from "../loop.ts";
import { isNamespaceGoing } from "../namespace-going.ts";
import { controllerOf, keyOf, splitKey } from "../owners.ts";
import { type ReplicaSet, replicaSets } from "../replicaset/replicaset.ts";
import { conditionOf } from "./conditions.ts";
import { allOf, type Deployment, type Desk, deployments, isRolling } from "./deployment.ts";
import { isComplete, renderRolloutStatus, renderStatus, untilTimedOutMs } from "./deployment-status.ts";
import { cleanUpHistory } from "./history.ts";
import { noteProgress } from "./notes.ts";
import { findReplicaSets, numberRevision } from "./replica-sets.ts";
import { recreate, rollOn } from "./rollout.ts";
import { scale, wasScaled } from "./scaling.ts";

/**
 * Deployments: a replica set for each template, and the way from one to the next.
 * Rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export const startDeploymentController: StartController = ({ api, clock, onFault }) => {
  const recorder = new EventRecorder(api, clock, { component: "deployment-controller", host: "" });
  return startLoop(
    { clock, onFault, reconcile: (key) => reconcile({ api, clock, recorder }, key) },
    (loop) => [
      api.watch<Deployment>(deployments, ({ object }) => loop.enqueue(keyOf(object))),
      api.watch<ReplicaSet>(replicaSets, (event) => enqueueOwners(api, loop, event)),
      api.watch<Pod>("pods", ({ type, object }) => {
        if (type === "DELETED") enqueueOwnerOfPod(api, loop, object);
      }),
    ],
  );
};

/** The deployments that control the replica set, did so before, or may adopt it. */
function enqueueOwners(api: ClusterApi, loop: Loop, { object, previous }: StoreEvent<ReplicaSet>): void {
  const namespace = namespaceOf(object);
  for (const set of previous === undefined ? [object] : [object, previous]) {
    const owner = controllerOf(set);
    if (owner?.kind === "Deployment") loop.enqueue(`${namespace}/${owner.name}`);
    if (owner !== undefined) continue;
    for (const deployment of api.list<Deployment>(deployments, { namespace })) {
      if (labelMatcher(deployment.spec.selector)(set.metadata.labels)) loop.enqueue(keyOf(deployment));
    }
  }
}

/** A deployment by Recreate waits for the last pod of the old. */
function enqueueOwnerOfPod(api: ClusterApi, loop: Loop, pod: Pod): void {
  const owner = controllerOf(pod);
  if (owner?.kind !== "ReplicaSet") return;
  const set = api.get<ReplicaSet>(replicaSets, namespaceOf(pod), owner.name);
  const deployment = set === undefined ? undefined : controllerOf(set);
  if (deployment?.kind === "Deployment") loop.enqueue(`${namespaceOf(pod)}/${deployment.name}`);
}

function reconcile(desk: Desk, key: string): Reconciled {
  const { namespace, name } = splitKey(key);
  const deployment = desk.api.get<Deployment>(deployments, namespace, name);
  if (deployment === undefined) return undefined;
  if (deployment.metadata.deletionTimestamp !== undefined) return report(desk, deployment, renderStatus);
  try {
    return sync(desk, deployment);
  } catch (error) {
    if (isNamespaceGoing(error)) return undefined;
    throw error;
  }
}

function sync(desk: Desk, deployment: Deployment): Reconciled {
  const sets = findReplicaSets(desk, deployment);
  notePause(desk, deployment);
  numberRevision(desk, deployment, sets);
  const now = findReplicaSets(desk, deployment);
  if (deployment.spec.paused === true || wasScaled(deployment, allOf(now))) {
    scale(desk, deployment, now);
    if (deployment.spec.paused === true) cleanUpHistory(desk, deployment, now.old);
    return report(desk, deployment, renderStatus);
  }
  if (isRolling(deployment)) rollOn(desk, deployment, now);
  else recreate(desk, deployment, now);
  if (isComplete(deployment, deployment.status)) cleanUpHistory(desk, deployment, now.old);
  return report(desk, deployment, renderRolloutStatus);
}

/** While paused the deadline does not run. */
function notePause(desk: Desk, deployment: Deployment): void {
  const known = conditionOf(deployment.status, "Progressing")?.reason;
  if (known === "ProgressDeadlineExceeded") return;
  const isPaused = deployment.spec.paused === true;
  if (isPaused === (known === "DeploymentPaused")) return;
  noteProgress(
    desk,
    deployment,
    isPaused
      ? { status: "Unknown", reason: "DeploymentPaused", message: "Deployment is paused" }
      : { status: "Unknown", reason: "DeploymentResumed", message: "Deployment is resumed" },
  );
}

/** Writes the status; milliseconds until the rollout times out unless something moves. */
function report(desk: Desk, { metadata }: Deployment, render: typeof renderStatus): Reconciled {
  const { api, clock } = desk;
  const deployment = api.get<Deployment>(deployments, metadata.namespace, metadata.name);
  if (deployment === undefined) return undefined;
  const status = render(deployment, findReplicaSets(desk, deployment), clock);
  api.updateStatus(deployments, { ...deployment, status });
  if (deployment.spec.paused === true || isComplete(deployment, status)) return undefined;
  return untilTimedOutMs(deployment, status, clock);
}
