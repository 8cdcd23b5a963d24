import type { V1Namespace } from "@kubernetes/client-node";
import type { Clock, ClusterApi, KubeObject, Wire } from "../api/cluster-api.ts";
import { hasReason } from "../errors.ts";
import { timestamp } from "../node/events.ts";
import type { ControllerContext, StartController } from "./context.ts";
import { watchEveryResource } from "./every-resource.ts";
import { type Reconciled, startLoop } from "./loop.ts";
import { type Remainder, renderConditions } from "./namespace-conditions.ts";

type Namespace = KubeObject & Pick<Wire<V1Namespace>, "spec" | "status">;

const finalizer = "kubernetes";
const failedAgainMs = 5_000;

/**
 * Empties every namespace that is being deleted, pods first, and lets it go when nothing is left in it. While objects
 * with finalizers remain, its conditions say which.
 */
export const startNamespaceLifecycle: StartController = ({ api, clock, onFault }: ControllerContext) => {
  return startLoop({ clock, onFault, reconcile: (name) => reconcile(api, clock, name) }, (loop) => [
    watchEveryResource(api, (resource, { object: { metadata } }) => {
      const name = resource === "namespaces" ? metadata.name : metadata.namespace;
      if (name !== undefined && isTerminating(api.get("namespaces", undefined, name))) loop.enqueue(name);
    }),
  ]);
};

function reconcile(api: ClusterApi, clock: Clock, name: string): Reconciled {
  const namespace = api.get<Namespace>("namespaces", undefined, name);
  if (namespace === undefined || !isTerminating(namespace)) return;
  if (!namespace.spec?.finalizers?.includes(finalizer)) return;
  const remainder = empty(api, name);
  const { status } = namespace;
  const conditions = renderConditions(remainder, status?.conditions ?? [], timestamp(clock));
  const told = api.updateStatus<Namespace>("namespaces", { ...namespace, status: { ...status, conditions } });
  if (remainder.objects.length === 0) release(api, told);
  return remainder.failures.length > 0 ? failedAgainMs : undefined;
}

function release(api: ClusterApi, namespace: Namespace): void {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((it) => it !== finalizer);
  api.update("namespaces", { ...namespace, spec: { ...namespace.spec, finalizers } });
}

function isTerminating(namespace: KubeObject | undefined): boolean {
  return namespace?.metadata.deletionTimestamp !== undefined;
}

/** Deletes what is in the namespace; what pods may still use goes when no pod is left. */
function empty(api: ClusterApi, namespace: string): Remainder {
  const pods = purge(api, namespace, ["pods"]);
  if (pods.objects.length > 0) return pods;
  const resources = api.resources().filter(({ namespaced }) => namespaced);
  return purge(
    api,
    namespace,
    resources.map(({ resource }) => resource),
  );
}

function purge(api: ClusterApi, namespace: string, resources: readonly string[]): Remainder {
  const failures = resources.flatMap((resource) =>
    api.list(resource, { namespace }).flatMap((object) => destroy(api, resource, object)),
  );
  const objects = resources.flatMap((resource) =>
    api.list(resource, { namespace }).map((object) => ({ resource, object })),
  );
  return { objects, failures };
}

/** Why the object could not be deleted, if so. */
function destroy(api: ClusterApi, resource: string, { metadata }: KubeObject): string[] {
  const { namespace, name, uid, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined) return [];
  try {
    api.delete(resource, namespace, name, { propagationPolicy: "Background", preconditions: { uid } });
    return [];
  } catch (error) {
    return hasReason(error, "NotFound") ? [] : [String((error as Error).message)];
  }
}
