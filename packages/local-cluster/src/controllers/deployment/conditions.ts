import type { Clock } from "../../api/cluster-api.ts";
import { timestamp } from "../../node/events.ts";
import type { DeploymentCondition, DeploymentStatus } from "./deployment.ts";

type Conditions = readonly DeploymentCondition[];

export interface ConditionWords {
  readonly type: "Available" | "Progressing" | "ReplicaFailure";
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export function conditionOf(
  status: DeploymentStatus | undefined,
  type: ConditionWords["type"],
): DeploymentCondition | undefined {
  return status?.conditions?.find((it) => it.type === type);
}

/** The conditions with this one last; the same ones when it says by status and reason what is known. */
export function withCondition(conditions: Conditions, words: ConditionWords, clock: Clock): Conditions {
  const known = conditions.find(({ type }) => type === words.type);
  if (known?.status === words.status && known.reason === words.reason) return conditions;
  return renewCondition(conditions, words, clock);
}

/** The conditions with this one last, updated now; its transition is kept when its status is. */
export function renewCondition(conditions: Conditions, words: ConditionWords, clock: Clock): Conditions {
  const known = conditions.find(({ type }) => type === words.type);
  const now = timestamp(clock);
  const lastTransitionTime = known?.status === words.status ? (known.lastTransitionTime ?? now) : now;
  return [...withoutCondition(conditions, words.type), { ...words, lastUpdateTime: now, lastTransitionTime }];
}

export function withoutCondition(conditions: Conditions, type: ConditionWords["type"]): Conditions {
  return conditions.filter((it) => it.type !== type);
}
