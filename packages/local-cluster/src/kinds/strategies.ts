import { definitionStrategy } from "../crd/strategy.ts";
import { configMapStrategy, secretStrategy } from "./strategies/data.ts";
import { namespaceStrategy, serviceAccountStrategy } from "./strategies/namespaces.ts";
import { podStrategy } from "./strategies/pods.ts";
import {
  autoscalerStrategy,
  bindingStrategy,
  disruptionStrategy,
  endpointSliceStrategy,
  ingressClassStrategy,
  ingressStrategy,
  newEventStrategy,
  nodeStrategy,
} from "./strategies/policies.ts";
import { serviceStrategy } from "./strategies/services.ts";
import {
  cronJobStrategy,
  deploymentStrategy,
  jobStrategy,
  replicaSetStrategy,
} from "./strategies/workloads.ts";
import type { Strategy } from "./strategy.ts";

/** What each built-in kind does beyond the general rules. */
export const strategies: ReadonlyMap<string, Strategy> = new Map(
  Object.entries({
    namespaces: namespaceStrategy,
    serviceaccounts: serviceAccountStrategy,
    pods: podStrategy,
    configmaps: configMapStrategy,
    secrets: secretStrategy,
    services: serviceStrategy,
    "deployments.apps": deploymentStrategy,
    "replicasets.apps": replicaSetStrategy,
    "jobs.batch": jobStrategy,
    "cronjobs.batch": cronJobStrategy,
    nodes: nodeStrategy,
    "ingressclasses.networking.k8s.io": ingressClassStrategy,
    "endpointslices.discovery.k8s.io": endpointSliceStrategy,
    "events.events.k8s.io": newEventStrategy,
    "ingresses.networking.k8s.io": ingressStrategy,
    "horizontalpodautoscalers.autoscaling": autoscalerStrategy,
    "poddisruptionbudgets.policy": disruptionStrategy,
    "rolebindings.rbac.authorization.k8s.io": bindingStrategy,
    "clusterrolebindings.rbac.authorization.k8s.io": bindingStrategy,
    "customresourcedefinitions.apiextensions.k8s.io": definitionStrategy,
  }),
);
