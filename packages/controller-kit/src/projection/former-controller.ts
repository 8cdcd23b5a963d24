import type { ObjectReference } from "../cluster/kubernetes-object.ts";
import { resources } from "../cluster/resources.ts";
import type { WatchedKind } from "../informer/informer-cache.ts";
import type { Inputs, TakeOver } from "./projection.ts";

/** Where a former version of a controller runs: as a container of a Deployment. */
export interface FormerController {
  readonly namespace: string;
  /** Of the Deployment. */
  readonly labels: Readonly<Record<string, string>>;
  readonly container: string;
}

/** What a projection has to read, point at and ask to take nothing over while the former controller runs. */
export interface FormerControllerWatch {
  /** One of the projection's `reads`. */
  readonly watched: WatchedKind;
  /** One of its `inputs`. */
  readonly reference: ObjectReference;
  readonly blocked: NonNullable<TakeOver["blocked"]>;
}

/** A former controller that still runs would undo whatever we write to its children. */
export function watchFormerController({
  namespace,
  labels,
  container,
}: FormerController): FormerControllerWatch {
  const labelSelector = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
  return {
    watched: { resource: resources.deployments, namespace, labelSelector },
    reference: { apiVersion: "apps/v1", kind: "Deployment", namespace, labels },
    blocked(inputs: Inputs) {
      const running = inputs
        .list(resources.deployments, { namespace, labels })
        .filter(({ spec }) => (spec?.replicas ?? 1) > 0)
        .find(({ spec }) => spec?.template.spec?.containers.some(({ name }) => name === container));
      if (running === undefined) return undefined;
      const { name } = running.metadata;
      return {
        message: `The former controller ${container} still runs; stop it with: kubectl --namespace ${namespace} scale deployment ${name} --replicas=0`,
      };
    },
  };
}
