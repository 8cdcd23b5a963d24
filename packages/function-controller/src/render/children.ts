import { labels } from "@kubeless/api-types";
import type { Children, Live, LiveChild, RenderedObject, Wire } from "@kubeless/controller-kit";
import type { V1Deployment } from "@kubernetes/client-node";
import type { Pod } from "../status/pod-problem.ts";
import { planAutoscaler, renderAutoscaler } from "./autoscaler.ts";
import { renderDeployment } from "./deployment.ts";
import type { Plan } from "./plan.ts";
import { isOld, readReplacement } from "./replacement.ts";
import { renderRevision, toRevisionName } from "./revision.ts";
import { renderService } from "./service.ts";

export interface ChildrenRequest {
  readonly plan: Plan;
  /** The children that there are. */
  readonly children: readonly LiveChild[];
  /** The ReplicaSets of the Deployment, by which old revisions live. */
  readonly replicaSets: readonly Pick<Live<object>, "metadata">[];
  /** The Deployment stays as it is for now. */
  readonly keepsDeployment: boolean;
  /** All of the function, those included that Kubeless 1.0.x made. */
  readonly pods: readonly Pod[];
}

/** The objects that should exist for a plan, in the order in which they have to be there. */
export function renderChildren(request: ChildrenRequest): Children {
  const { plan, children, pods } = request;
  const revisionName = toRevisionName(plan.name, plan.revision);
  const live = children.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === plan.name);
  const autoscaler = planAutoscaler(plan.spec.horizontalPodAutoscaler);
  const replicas = autoscaler.kind === "horizontal" ? undefined : decideReplicas(plan, autoscaler);
  const wanted = replicas ?? (live as Partial<Wire<V1Deployment>> | undefined)?.spec?.replicas ?? 1;
  const replacement = readReplacement(pods, plan.revision, wanted);
  const kept = [...keptRevisions(request), ...(request.keepsDeployment && live !== undefined ? [live] : [])];
  const isKept = kept.some(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === revisionName);
  const objects: RenderedObject[] = [
    ...(isKept ? [] : [renderRevision(plan.name, plan.spec)]),
    renderService(plan, replacement),
    ...(request.keepsDeployment ? [] : [renderDeployment(plan, { replicas, live, replacement })]),
    ...(autoscaler.kind === "horizontal" ? [renderAutoscaler(plan, autoscaler.spec)] : []),
  ];
  return { objects, keep: kept };
}

/**
 * Revisions that a ReplicaSet could still start a pod of, the wanted one, which never changes once it exists, and the
 * ConfigMap by the function's own name while a pod that Kubeless 1.0.x made still runs from it.
 */
function keptRevisions({ plan, children, replicaSets, keepsDeployment, pods }: ChildrenRequest): LiveChild[] {
  const used = new Set([
    plan.revision,
    ...replicaSets.map(({ metadata }) => metadata.labels?.[labels.revision]),
  ]);
  return children.filter(({ kind, metadata }) => {
    if (kind !== "ConfigMap") return false;
    const revision = metadata.labels?.[labels.revision];
    return revision === undefined ? keepsDeployment || pods.some(isOld) : used.has(revision);
  });
}

function decideReplicas(plan: Plan, autoscaler: ReturnType<typeof planAutoscaler>): number {
  const least = autoscaler.kind === "unsupported" ? autoscaler.replicas : 1;
  return plan.spec.replicas ?? plan.overrides.spec?.replicas ?? least;
}
