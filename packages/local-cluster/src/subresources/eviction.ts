import type { DeleteOptions, KubeObject, LabelSelector } from "../api/cluster-api.ts";
import { StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import { deleteObject } from "../pipeline/delete.ts";
import type { Exchange, Service } from "../request/context.ts";
import { targetOf } from "../request/options.ts";
import { labelMatcher } from "../store/selectors.ts";

interface Budget extends KubeObject {
  spec: { selector?: LabelSelector };
  status?: { disruptionsAllowed?: number };
}

/** Deletes a pod unless a disruption budget forbids it now (429). */
export function evict(service: Service, exchange: Exchange, served: Served, body: unknown): object {
  const { cluster } = service;
  const target = targetOf(served, exchange, exchange.info.name ?? "");
  const { subresource: _eviction, ...pod } = target;
  const stored = cluster.store.get("pods", `${target.namespace}/${target.name}`);
  const budgets = cluster.store.list("poddisruptionbudgets.policy") as readonly Budget[];
  const holding = budgets.find(
    ({ metadata, spec, status }) =>
      metadata.namespace === target.namespace &&
      labelMatcher(spec.selector)(stored?.metadata.labels) &&
      (status?.disruptionsAllowed ?? 0) < 1,
  );
  if (stored !== undefined && holding !== undefined) {
    throw new StatusError(
      "TooManyRequests",
      "Cannot evict pod as it would violate the pod's disruption budget.",
      {
        causes: [
          {
            reason: "DisruptionBudget",
            message: `The disruption budget ${holding.metadata.name} needs more healthy pods`,
          },
        ],
      },
    );
  }
  const options =
    (body as { deleteOptions?: DeleteOptions & { dryRun?: string[] } } | undefined)?.deleteOptions ?? {};
  deleteObject(cluster, pod, options, (options.dryRun ?? []).length > 0 || exchange.info.query.has("dryRun"));
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
}
