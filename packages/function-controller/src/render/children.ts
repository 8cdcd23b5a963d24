import { labels } from "@kubeless/api-types";
import type { Children, Live, LiveChild, RenderedObject } from "@kubeless/controller-kit";
import { planAutoscaler, renderAutoscaler } from "./autoscaler.ts";
import { renderDeployment } from "./deployment.ts";
import type { Plan } from "./plan.ts";
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
  /** Pods that Kubeless 1.0.x made still run, from a ConfigMap that bears the function's own name. */
  readonly hasOldPods: boolean;
}

/** The objects that should exist for a plan, in the order in which they have to be there. */
export function renderChildren(request: ChildrenRequest): Children {
  const { plan, children } = request;
  const revisionName = toRevisionName(plan.name, plan.revision);
  const live = children.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === plan.name);
  const autoscaler = planAutoscaler(plan.spec.horizontalPodAutoscaler);
  const replicas = autoscaler.kind === "horizontal" ? undefined : decideReplicas(plan, autoscaler);
  const kept = [...keptRevisions(request), ...(request.keepsDeployment && live !== undefined ? [live] : [])];
  const isKept = kept.some(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === revisionName);
  const objects: RenderedObject[] = [
    ...(isKept ? [] : [renderRevision(plan.name, plan.spec)]),
    renderService(plan.name, plan.service, plan.labels),
    ...(request.keepsDeployment ? [] : [renderDeployment(plan, replicas, live)]),
    ...(autoscaler.kind === "horizontal" ? [renderAutoscaler(plan, autoscaler.spec)] : []),
  ];
  return { objects, keep: kept };
}

/** Revisions that a ReplicaSet could still start a pod of, and the wanted one, which never changes once it exists. */
function keptRevisions({
  plan,
  children,
  replicaSets,
  keepsDeployment,
  hasOldPods,
}: ChildrenRequest): LiveChild[] {
  const used = new Set([
    plan.revision,
    ...replicaSets.map(({ metadata }) => metadata.labels?.[labels.revision]),
  ]);
  return children.filter(({ kind, metadata }) => {
    if (kind !== "ConfigMap") return false;
    const revision = metadata.labels?.[labels.revision];
    return revision === undefined ? keepsDeployment || hasOldPods : used.has(revision);
  });
}

function decideReplicas(plan: Plan, autoscaler: ReturnType<typeof planAutoscaler>): number {
  const least = autoscaler.kind === "unsupported" ? autoscaler.replicas : 1;
  return plan.spec.replicas ?? plan.overrides.spec?.replicas ?? least;
}
