import type { V2HPAScalingRules } from "@kubernetes/client-node";
import type { Wire } from "../../api/cluster-api.ts";
import type { Autoscaler, Finding } from "./autoscaler.ts";

type Rules = Wire<V2HPAScalingRules>;

/** A change of replicas that was made; negative on the way down. */
interface Rescale {
  readonly at: number;
  readonly change: number;
}

/** What an autoscaler remembers between two looks; lost with the process, as in Kubernetes. */
export interface Memory {
  readonly recommendations: { readonly at: number; readonly replicas: number }[];
  readonly rescales: Rescale[];
}

export interface Decision {
  readonly replicas: number;
  readonly findings: readonly Finding[];
}

const defaultUp: Rules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const defaultDown: Rules = {
  stabilizationWindowSeconds: 300,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};
/** The longest window there can be: what is older is forgotten. */
const rememberedMs = 3_600_000;

/**
 * What becomes of a recommendation: held for a while, no faster than the policies allow, within minimum and maximum.
 * Rule: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export function decide(
  { spec }: Autoscaler,
  memory: Memory,
  current: number,
  recommended: number,
  now: number,
): Decision {
  const up = { ...defaultUp, ...defined(spec.behavior?.scaleUp) };
  const down = { ...defaultDown, ...defined(spec.behavior?.scaleDown) };
  forget(memory, now);
  if (memory.recommendations.length === 0) memory.recommendations.push({ at: now, replicas: current });
  const held =
    spec.behavior === undefined
      ? highest(memory, down, recommended, now)
      : between(memory, up, down, current, recommended, now);
  memory.recommendations.push({ at: now, replicas: recommended });
  const limit =
    held > current
      ? upperLimit(spec, memory, up, current, now)
      : lowerLimit(spec, memory, down, current, held, now);
  const replicas = held > current ? Math.min(held, limit.replicas) : Math.max(held, limit.replicas);
  const bounded = Math.min(Math.max(replicas, spec.minReplicas ?? 1), spec.maxReplicas);
  return {
    replicas: bounded,
    findings: [stability(held, recommended), limitation(held, limit, held > current)],
  };
}

function forget(memory: Memory, now: number): void {
  const isOld = ({ at }: { at: number }) => at < now - rememberedMs;
  while (memory.recommendations[0] !== undefined && isOld(memory.recommendations[0]))
    memory.recommendations.shift();
  while (memory.rescales[0] !== undefined && isOld(memory.rescales[0])) memory.rescales.shift();
}

/** Without `behavior`, the highest recommendation of the window counts. */
function highest(memory: Memory, down: Rules, recommended: number, now: number): number {
  return Math.max(recommended, ...within(memory, down, now));
}

/** With it, the lowest of the upward window at least, the highest of the downward window at most. */
function between(
  memory: Memory,
  up: Rules,
  down: Rules,
  current: number,
  recommended: number,
  now: number,
): number {
  const floor = Math.min(recommended, ...within(memory, up, now));
  const ceiling = Math.max(recommended, ...within(memory, down, now));
  return Math.min(Math.max(current, floor), ceiling);
}

function within({ recommendations }: Memory, rules: Rules, now: number): number[] {
  const since = now - (rules.stabilizationWindowSeconds ?? 0) * 1000;
  return recommendations.filter(({ at }) => at > since).map(({ replicas }) => replicas);
}

interface Limit {
  readonly replicas: number;
  readonly isRate: boolean;
}

function upperLimit(
  spec: Autoscaler["spec"],
  memory: Memory,
  rules: Rules,
  current: number,
  now: number,
): Limit {
  const rate =
    spec.behavior === undefined
      ? Math.max(2 * current, 4)
      : Math.max(current, rateLimit(rules, memory, current, now, 1));
  return rate < spec.maxReplicas
    ? { replicas: rate, isRate: true }
    : { replicas: spec.maxReplicas, isRate: false };
}

function lowerLimit(
  spec: Autoscaler["spec"],
  memory: Memory,
  rules: Rules,
  current: number,
  held: number,
  now: number,
): Limit {
  const { minReplicas = 1 } = spec;
  if (held === current) return { replicas: minReplicas, isRate: false };
  const rate = Math.min(current, rateLimit(rules, memory, current, now, -1));
  return rate > minReplicas ? { replicas: rate, isRate: true } : { replicas: minReplicas, isRate: false };
}

/** What the policies allow from where the period began; `Max` chooses the greatest change. */
function rateLimit(rules: Rules, memory: Memory, current: number, now: number, sign: 1 | -1): number {
  if (rules.selectPolicy === "Disabled") return current;
  const limits = (rules.policies ?? []).map(({ type, value, periodSeconds }) => {
    const since = now - periodSeconds * 1000;
    const changed = memory.rescales
      .filter(({ at }) => at > since)
      .reduce((sum, { change }) => sum + change, 0);
    const start = current - changed;
    if (type === "Pods") return start + sign * value;
    const moved = start * (1 + (sign * value) / 100);
    return sign === 1 ? Math.ceil(moved) : Math.floor(moved);
  });
  const isWide = rules.selectPolicy !== "Min";
  return isWide === (sign === 1) ? Math.max(...limits) : Math.min(...limits);
}

function stability(held: number, recommended: number): Finding {
  const type = "AbleToScale";
  if (held === recommended)
    return {
      type,
      status: "True",
      reason: "ReadyForNewScale",
      message: "recommended size matches current size",
    };
  const isDown = held > recommended;
  return {
    type,
    status: "True",
    reason: isDown ? "ScaleDownStabilized" : "ScaleUpStabilized",
    message: isDown
      ? "recent recommendations were higher than current one, applying the highest recent recommendation"
      : "recent recommendations were lower than current one, applying the lowest recent recommendation",
  };
}

function limitation(held: number, { replicas, isRate }: Limit, isUp: boolean): Finding {
  const type = "ScalingLimited";
  if (isUp ? held <= replicas : held >= replicas) {
    const message = "the desired count is within the acceptable range";
    return { type, status: "False", reason: "DesiredWithinRange", message };
  }
  const bound = isUp ? "more than the maximum" : "less than the minimum";
  const message = isRate
    ? `the desired replica count is ${isUp ? "increasing" : "decreasing"} faster than the maximum scale rate`
    : `the desired replica count is ${bound} replica count`;
  const rate = isUp ? "ScaleUpLimit" : "ScaleDownLimit";
  return {
    type,
    status: "True",
    reason: isRate ? rate : isUp ? "TooManyReplicas" : "TooFewReplicas",
    message,
  };
}

function defined(rules: Rules | undefined): Rules {
  return Object.fromEntries(
    Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null),
  );
}
