import type { ContainerUsage } from "../../node/node-agent.ts";
import type { Pod } from "../../node/pod.ts";
import { canonicalQuantity, parseQuantity } from "../../schema/quantity.ts";
import type { MetricSpec, MetricStatus } from "./autoscaler.ts";
import {
  type Figures,
  gatherFigures,
  type PodFigures,
  type ResourceName,
  requestsOf,
} from "./pod-figures.ts";

/** A ratio this near to 1 changes nothing. */
const tolerance = 0.1;

export interface Proposal {
  readonly replicas: number;
  /** As conditions and events call the metric. */
  readonly metric: string;
  readonly status: MetricStatus;
}

export interface Measured {
  readonly pods: readonly Pod[];
  readonly usage: readonly ContainerUsage[];
  readonly replicas: number;
  readonly now: number;
}

/** Why a metric gives no number, with the reason a condition has for it. */
export class MetricError extends Error {
  readonly reason: string;
  /** What could not be read. */
  readonly metric: string;

  constructor(reason: string, metric: string, message: string) {
    super(message);
    this.name = "MetricError";
    this.reason = reason;
    this.metric = metric;
  }
}

/**
 * How many replicas one metric asks for. Throws a MetricError.
 * Rule: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details
 */
export function propose(spec: MetricSpec, measured: Measured): Proposal {
  const { resource } = spec;
  if (spec.type !== "Resource" || resource === undefined) {
    const message = `metrics of type ${spec.type} are not served by this cluster; use type Resource with cpu or memory`;
    throw new MetricError(`FailedGet${spec.type}Metric`, `${spec.type} metric`, message);
  }
  const name = resource.name as ResourceName;
  const isUtilization = resource.target.averageValue === undefined;
  try {
    return isUtilization
      ? byUtilization(name, resource.target.averageUtilization ?? 0, measured)
      : byValue(name, String(resource.target.averageValue), measured);
  } catch (error) {
    const what = isUtilization ? "utilization" : "usage";
    const message = `failed to get ${name} ${what}: ${(error as Error).message}`;
    throw new MetricError("FailedGetResourceMetric", `${name} resource metric value`, message);
  }
}

function byUtilization(resource: ResourceName, target: number, measured: Measured): Proposal {
  const gathered = gather(resource, measured);
  const requests = requestsOf(measured.pods, resource);
  const ratioOf = (figures: Figures) => utilizationOf(figures, requests) / target;
  const utilization = utilizationOf(gathered.figures, requests);
  const fill = (pod: string) => ((requests.get(pod) ?? 0) * Math.max(100, target)) / 100;
  const averageValue = toQuantity(resource, averageOf(gathered.figures));
  return {
    replicas: countReplicas(gathered, measured.replicas, ratioOf, fill),
    metric: `${resource} resource utilization (percentage of request)`,
    status: statusOf(resource, { averageUtilization: utilization, averageValue }),
  };
}

function byValue(resource: ResourceName, text: string, measured: Measured): Proposal {
  const target = (parseQuantity(text) ?? 0) * 1000;
  const gathered = gather(resource, measured);
  const ratioOf = (figures: Figures) => averageOf(figures) / target;
  return {
    replicas: countReplicas(gathered, measured.replicas, ratioOf, () => target),
    metric: `${resource} resource`,
    status: statusOf(resource, { averageValue: toQuantity(resource, averageOf(gathered.figures)) }),
  };
}

function gather(resource: ResourceName, { pods, usage, now }: Measured): PodFigures {
  if (resource !== "cpu" && resource !== "memory") throw new Error(`no figures are kept of ${resource}`);
  const names = new Set(pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  if (!usage.some(({ namespace, pod }) => names.has(`${namespace}/${pod}`)))
    throw new Error(
      `unable to get metrics for resource ${resource}: no metrics returned from resource metrics API`,
    );
  const gathered = gatherFigures(pods, usage, resource, now);
  if (gathered.figures.size === 0)
    throw new Error("did not receive metrics for targeted pods (pods might be unready)");
  return gathered;
}

/**
 * What is not known is assumed to speak against a change: on the way down missing pods use all that they may, on the
 * way up they and the unready ones use nothing.
 */
function countReplicas(
  { figures, readyCount, unready, missing }: PodFigures,
  current: number,
  ratioOf: (figures: Figures) => number,
  fill: (pod: string) => number,
): number {
  const ratio = ratioOf(figures);
  const isUpWithUnready = unready.length > 0 && ratio > 1;
  if (!isUpWithUnready && missing.length === 0)
    return isNear(ratio) ? current : Math.ceil(rounded(ratio * readyCount));
  const assumed = new Map(figures);
  if (ratio < 1) for (const pod of missing) assumed.set(pod, fill(pod));
  if (ratio > 1) for (const pod of missing) assumed.set(pod, 0);
  if (isUpWithUnready) for (const pod of unready) assumed.set(pod, 0);
  const careful = ratioOf(assumed);
  const hasTurned = (ratio < 1 && careful > 1) || (ratio > 1 && careful < 1);
  if (isNear(careful) || hasTurned) return current;
  const wanted = Math.ceil(rounded(careful * assumed.size));
  const isBackwards = (careful < 1 && wanted > current) || (careful > 1 && wanted < current);
  return isBackwards ? current : wanted;
}

function isNear(ratio: number): boolean {
  return Math.abs(1 - ratio) <= tolerance;
}

/** 3.0000000000000004 replicas are three. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

function utilizationOf(figures: Figures, requests: Figures): number {
  let used = 0;
  let requested = 0;
  for (const [pod, figure] of figures) {
    const request = requests.get(pod);
    if (request === undefined) continue;
    used += figure;
    requested += request;
  }
  if (requested === 0) throw new Error("no metrics returned matched known pods");
  return Math.floor((used * 100) / requested);
}

function averageOf(figures: Figures): number {
  const sum = [...figures.values()].reduce((total, figure) => total + figure, 0);
  return Math.floor(sum / figures.size);
}

function toQuantity(resource: ResourceName, thousandths: number): string {
  const isBinary = resource === "memory" && thousandths % 1000 === 0;
  return String(canonicalQuantity(isBinary ? `${thousandths / 1000 / 1024}Ki` : `${thousandths}m`));
}

function statusOf(
  name: ResourceName,
  current: NonNullable<MetricStatus["resource"]>["current"],
): MetricStatus {
  return { type: "Resource", resource: { name, current } };
}
