import type { ContainerUsage } from "../../node/node-agent.ts";
import { isSidecar, type Pod } from "../../node/pod.ts";
import { parseQuantity } from "../../schema/quantity.ts";

export type ResourceName = "cpu" | "memory";

/** How long after its start a pod's cpu figures are looked at with care. */
const cpuInitialisationMs = 300_000;
/** How long a pod may take to become ready first. */
const initialReadinessMs = 30_000;

/** What pods use of one resource, in thousandths: of a core, of a byte. */
export type Figures = Map<string, number>;

export interface PodFigures {
  readonly figures: Figures;
  readonly readyCount: number;
  /** Not ready, or too young for their figures to say anything. */
  readonly unready: readonly string[];
  readonly missing: readonly string[];
}

/** Sorts pods by what their figures are worth. Pods that end do not count at all. */
export function gatherFigures(
  pods: readonly Pod[],
  usage: readonly ContainerUsage[],
  resource: ResourceName,
  now: number,
): PodFigures {
  const figures: Figures = new Map();
  const unready: string[] = [];
  const missing: string[] = [];
  for (const pod of pods) {
    const { name } = pod.metadata;
    if (pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === "Failed") continue;
    const own = usage.filter((it) => it.pod === name && it.namespace === pod.metadata.namespace);
    const [first] = own;
    if ((pod.status?.phase ?? "Pending") === "Pending") unready.push(name);
    else if (first === undefined) missing.push(name);
    else if (resource === "cpu" && isUnsettled(pod, first, now)) unready.push(name);
    else figures.set(name, sumOf(own, resource));
  }
  return { figures, readyCount: figures.size, unready, missing };
}

function sumOf(usage: readonly ContainerUsage[], resource: ResourceName): number {
  const sum = usage.reduce(
    (total, { cpuNanocores, memoryBytes }) => total + (resource === "cpu" ? cpuNanocores : memoryBytes),
    0,
  );
  return resource === "cpu" ? Math.ceil(sum / 1e6) : sum * 1000;
}

/** A starting program's cpu says nothing about its load. */
function isUnsettled({ status }: Pod, usage: ContainerUsage, now: number): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (ready === undefined || status?.startTime === undefined) return true;
  const startedAt = Date.parse(status.startTime);
  const changedAt = Date.parse(ready.lastTransitionTime ?? "");
  const isReady = ready.status === "True";
  if (startedAt + cpuInitialisationMs <= now) return !isReady && startedAt + initialReadinessMs > changedAt;
  return !isReady || usage.sampledAt < changedAt + usage.windowSeconds * 1000;
}

/** What pods have asked for, in thousandths. Throws when a container asks for nothing. */
export function requestsOf(pods: readonly Pod[], resource: ResourceName): Figures {
  return new Map(pods.map((pod) => [pod.metadata.name, requestOf(pod, resource)]));
}

function requestOf({ metadata, spec }: Pod, resource: ResourceName): number {
  const containers = [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)];
  return containers.reduce((sum, { name, resources }) => {
    const request = parseQuantity(String(resources?.requests?.[resource] ?? ""));
    if (request === undefined)
      throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
    return sum + Math.ceil(request * 1000);
  }, 0);
}
