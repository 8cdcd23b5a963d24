import type { Clock } from "../../api/cluster-api.ts";
import type { ReplicaSet } from "../replicaset/replicaset.ts";
import { nonZero } from "../replicaset/replicaset-status.ts";
import {
  type ConditionWords,
  conditionOf,
  renewCondition,
  withCondition,
  withoutCondition,
} from "./conditions.ts";
import {
  allOf,
  type Deployment,
  type DeploymentCondition,
  type DeploymentStatus,
  maxUnavailable,
  progressDeadlineMs,
  type ReplicaSets,
  wantedSize,
} from "./deployment.ts";
import { totalSize } from "./scaling.ts";

/** Counts and availability, as of the replica sets' own statuses. */
export function renderStatus(deployment: Deployment, sets: ReplicaSets, clock: Clock): DeploymentStatus {
  const all = allOf(sets);
  const count = (field: "replicas" | "readyReplicas" | "availableReplicas", of = all) =>
    of.reduce((sum, { status }) => sum + (status?.[field] ?? 0), 0);
  const available = count("availableReplicas");
  const counts = nonZero({
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: count("replicas"),
    updatedReplicas: count("replicas", sets.current === undefined ? [] : [sets.current]),
    readyReplicas: count("readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
    collisionCount: deployment.status?.collisionCount ?? 0,
  });
  const isAvailable = available >= wantedSize(deployment) - maxUnavailable(deployment);
  const before = deployment.status?.conditions ?? [];
  return { ...counts, conditions: [...withCondition(before, isAvailable ? enough : tooFew, clock)] };
}

const enough: ConditionWords = {
  type: "Available",
  status: "True",
  reason: "MinimumReplicasAvailable",
  message: "Deployment has minimum availability.",
};
const tooFew: ConditionWords = {
  type: "Available",
  status: "False",
  reason: "MinimumReplicasUnavailable",
  message: "Deployment does not have minimum availability.",
};

/** The status while rolling: with how the rollout gets on, measured by the status before, and what keeps pods away. */
export function renderRolloutStatus(
  deployment: Deployment,
  sets: ReplicaSets,
  clock: Clock,
): DeploymentStatus {
  const status = renderStatus(deployment, sets, clock);
  const progressed = withProgress(deployment, status, sets, clock);
  const [failure] = failuresOf(sets);
  const conditions =
    failure === undefined
      ? withoutCondition(progressed, "ReplicaFailure")
      : withCondition(progressed, failure, clock);
  return { ...status, conditions: [...conditions] };
}

/** Every wanted pod is there, of the present template, available, and none of another. */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const wanted = wantedSize(deployment);
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status ?? {};
  return (
    [updatedReplicas, replicas, availableReplicas].every((count) => count === wanted) &&
    observedGeneration >= (deployment.metadata.generation ?? 0)
  );
}

/** Milliseconds until a rollout that does not get on has timed out; nothing when none is under way. */
export function untilTimedOutMs(
  deployment: Deployment,
  status: DeploymentStatus | undefined,
  clock: Clock,
): number | undefined {
  const deadlineMs = progressDeadlineMs(deployment);
  const known = conditionOf(status, "Progressing");
  if (deadlineMs === undefined || known === undefined || ends.includes(known.reason ?? "")) return undefined;
  return Math.max(0, Date.parse(known.lastUpdateTime ?? "") + deadlineMs - clock.now());
}

const finished = "NewReplicaSetAvailable";
const timedOut = "ProgressDeadlineExceeded";
const ends = [finished, timedOut];

function withProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  { current }: ReplicaSets,
  clock: Clock,
): readonly DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  if (progressDeadlineMs(deployment) === undefined) return withoutCondition(conditions, "Progressing");
  const known = conditionOf(deployment.status, "Progressing");
  const isDone = known?.reason === finished && (status.replicas ?? 0) === (status.updatedReplicas ?? 0);
  if (isDone) return conditions;
  const name =
    current === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${current.metadata.name}"`;
  const words = (status: "True" | "False", reason: string, text: string): ConditionWords => ({
    type: "Progressing",
    status,
    reason,
    message: `${name} ${text}.`,
  });
  if (isComplete(deployment, status))
    return withCondition(conditions, words("True", finished, "has successfully progressed"), clock);
  if (hasProgressed(deployment.status, status))
    return renewCondition(conditions, words("True", "ReplicaSetUpdated", "is progressing"), clock);
  const isLate = known?.reason === timedOut || untilTimedOutMs(deployment, deployment.status, clock) === 0;
  return isLate
    ? withCondition(conditions, words("False", timedOut, "has timed out progressing"), clock)
    : conditions;
}

/** More of the new, fewer of the old, or more that work. */
function hasProgressed(before: DeploymentStatus | undefined, now: DeploymentStatus): boolean {
  const oldPods = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) => replicas - updatedReplicas;
  const fields = ["updatedReplicas", "readyReplicas", "availableReplicas"] as const;
  return (
    fields.some((field) => (now[field] ?? 0) > (before?.[field] ?? 0)) || oldPods(now) < oldPods(before ?? {})
  );
}

/** What the replica sets failed in: the current one's failures, or else those of the others. */
function failuresOf({ current, old }: ReplicaSets): ConditionWords[] {
  const failures = (sets: readonly ReplicaSet[]) =>
    sets.flatMap(({ status }) => status?.conditions ?? []).filter(({ type }) => type === "ReplicaFailure");
  const ofCurrent = failures(current === undefined ? [] : [current]);
  return (ofCurrent.length > 0 ? ofCurrent : failures(old)).map(({ reason = "", message = "" }) => ({
    type: "ReplicaFailure",
    status: "True",
    reason,
    message,
  }));
}
