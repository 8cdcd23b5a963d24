import type { DeleteOptions, KubeObject } from "../api/cluster-api.ts";
import { badRequest, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import type { Pod } from "../node/pod.ts";
import type { Cluster } from "../pipeline/cluster.ts";
import { deleteObject } from "../pipeline/delete.ts";
import type { Exchange, Service } from "../request/context.ts";
import { targetOf } from "../request/options.ts";
import { labelMatcher } from "../store/selectors.ts";
import { keyOf } from "../store/store.ts";
import { type Budget, countDisruptions, isHealthy } from "./disruption.ts";

/** Deletes a pod unless a disruption budget forbids it now (429). */
export function evict(service: Service, exchange: Exchange, served: Served, body: unknown): object {
  const { cluster } = service;
  const target = targetOf(served, exchange, exchange.info.name ?? "");
  const { name } = (body as { metadata?: { name?: string } } | undefined)?.metadata ?? {};
  if (name !== target.name) throw badRequest("name in URL does not match name in Eviction object");
  const { subresource: _eviction, ...pod } = target;
  const stored = cluster.store.get("pods", `${target.namespace}/${target.name}`) as Pod | undefined;
  if (stored !== undefined) refuseDisruption(cluster, stored);
  const options =
    (body as { deleteOptions?: DeleteOptions & { dryRun?: string[] } } | undefined)?.deleteOptions ?? {};
  deleteObject(cluster, pod, options, (options.dryRun ?? []).length > 0 || exchange.info.query.has("dryRun"));
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
}

/** Counted anew for each pod: two that are evicted at once must not both be the last that may go. */
function refuseDisruption({ store }: Cluster, pod: Pod): void {
  const { metadata, status } = pod;
  if (metadata.deletionTimestamp !== undefined || status?.phase !== "Running") return;
  const of = <T extends KubeObject>(resource: string) =>
    (store.list(resource) as unknown as readonly T[]).filter(
      (object) => object.metadata.namespace === metadata.namespace,
    );
  for (const budget of of<Budget>("poddisruptionbudgets.policy")) {
    const selects = labelMatcher(budget.spec.selector);
    if (!selects(metadata.labels)) continue;
    const pods = of<Pod>("pods").filter((one) => selects(one.metadata.labels));
    const count = countDisruptions(budget, pods, (resource, namespace, name) =>
      store.get(resource, keyOf(namespace, name)),
    );
    if (count.disruptionsAllowed > 0) continue;
    const isSpare = count.currentHealthy >= count.desiredHealthy && count.desiredHealthy > 0;
    if (!isHealthy(pod) && (isSpare || budget.spec.unhealthyPodEvictionPolicy === "AlwaysAllow")) continue;
    const message = `The disruption budget ${budget.metadata.name} needs ${count.desiredHealthy} healthy pods and has ${count.currentHealthy} currently`;
    throw new StatusError(
      "TooManyRequests",
      "Cannot evict pod as it would violate the pod's disruption budget.",
      { causes: [{ reason: "DisruptionBudget", message }] },
    );
  }
}
