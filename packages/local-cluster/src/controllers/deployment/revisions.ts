import type { KubeObject } from "../../api/cluster-api.ts";
import type { ReplicaSet } from "../replicaset/replicaset.ts";
import { type Deployment, maxSurge, wantedSize } from "./deployment.ts";

type Annotations = Readonly<Record<string, string>>;

export const revisionAnnotation = "deployment.kubernetes.io/revision";
const historyAnnotation = "deployment.kubernetes.io/revision-history";
const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
const maxAnnotation = "deployment.kubernetes.io/max-replicas";
const longestHistory = 2_000;

/** A deployment's annotations that say something of itself alone. */
const ownAnnotations = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  "deprecated.deployment.rollback.to",
]);

/** The number of the template in the deployment's history; 0 for none. */
export function revisionOf({ metadata }: KubeObject): number {
  return numberIn(metadata.annotations, revisionAnnotation) ?? 0;
}

export function nextRevision(old: readonly ReplicaSet[]): number {
  return Math.max(0, ...old.map(revisionOf)) + 1;
}

/** The size that the deployment had when it last set the replica set's; nothing when it never did. */
export function desiredReplicasOf({ metadata }: ReplicaSet): number | undefined {
  return numberIn(metadata.annotations, desiredAnnotation);
}

export function maxReplicasOf({ metadata }: ReplicaSet): number | undefined {
  return numberIn(metadata.annotations, maxAnnotation);
}

/** By these, a replica set's size tells whether the deployment was scaled since. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const size = wantedSize(deployment);
  return { [desiredAnnotation]: String(size), [maxAnnotation]: String(size + maxSurge(deployment)) };
}

/** The annotations of the replica set of the deployment's template, which hands its own down and numbers it. */
export function currentAnnotations(
  deployment: Deployment,
  before: Annotations,
  revision: number,
): Annotations {
  const handedDown = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([name]) => !ownAnnotations.has(name),
  );
  const numbered = { ...before, ...Object.fromEntries(handedDown) };
  const last = numberIn(before, revisionAnnotation);
  if ((last ?? 0) >= revision) return numbered;
  const history = last === undefined ? {} : { [historyAnnotation]: addToHistory(before, String(last)) };
  return { ...numbered, [revisionAnnotation]: String(revision), ...history };
}

/** The revisions that the template had before, oldest left out when there are too many. */
function addToHistory(before: Annotations, revision: string): string {
  const known = (before[historyAnnotation] ?? "").split(",").filter((entry) => entry !== "");
  known.push(revision);
  while (known.join(",").length > longestHistory) known.shift();
  return known.join(",");
}

function numberIn(annotations: Annotations | undefined, name: string): number | undefined {
  const text = annotations?.[name] ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
