import { labels } from "@kubeless/api-types";
import type { Pod } from "../status/pod-problem.ts";
import { isKept, isReady } from "../status/rollout.ts";

/**
 * How far the pods that Kubeless 1.0.x made are replaced. Its runtimes refuse new connections the moment they are told to
 * end, before anybody was told not to come. So new pods come up beside all of them, and once enough are ready the
 * Service leads to these alone, some seconds before the Deployment lets an old one go.
 */
export interface Replacement {
  /** Old pods are there and take calls. */
  readonly isUnderWay: boolean;
  /** And the new ones can do without them. */
  readonly isReady: boolean;
}

/** How long the Deployment leaves an old pod beside a new one that is ready: until every node knows where to send calls. */
export const SIDE_BY_SIDE_SECONDS = 10;

export function readReplacement(pods: readonly Pod[], revision: string, replicas: number): Replacement {
  const isUnderWay = pods.some((pod) => isOld(pod) && isKept(pod));
  const ready = pods.filter((pod) => pod.metadata.labels?.[labels.revision] === revision && isReady(pod));
  return { isUnderWay, isReady: isUnderWay && ready.length >= Math.max(1, replicas) };
}

/** Whether Kubeless 1.0.x made the pod. */
export function isOld({ metadata }: Pod): boolean {
  return metadata.labels?.[labels.revision] === undefined;
}
