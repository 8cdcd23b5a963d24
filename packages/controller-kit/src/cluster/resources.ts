import type * as k8s from "@kubernetes/client-node";
import type { Wire } from "./kubernetes-object.ts";
import type { Resource } from "./resource.ts";

type AsObject<T> = T extends object ? T : never;

function define<T>(
  apiVersion: string,
  kind: string,
  plural: string,
  namespaced = true,
): Resource<AsObject<Wire<T>>> {
  return { apiVersion, kind, plural, namespaced };
}

/** The built-in kinds that controllers and their users meet, each with its wire type. */
export const resources = {
  configMaps: define<k8s.V1ConfigMap>("v1", "ConfigMap", "configmaps"),
  endpointSlices: define<k8s.V1EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
  events: define<k8s.EventsV1Event>("events.k8s.io/v1", "Event", "events"),
  namespaces: define<k8s.V1Namespace>("v1", "Namespace", "namespaces", false),
  nodes: define<k8s.V1Node>("v1", "Node", "nodes", false),
  pods: define<k8s.V1Pod>("v1", "Pod", "pods"),
  secrets: define<k8s.V1Secret>("v1", "Secret", "secrets"),
  serviceAccounts: define<k8s.V1ServiceAccount>("v1", "ServiceAccount", "serviceaccounts"),
  services: define<k8s.V1Service>("v1", "Service", "services"),
  deployments: define<k8s.V1Deployment>("apps/v1", "Deployment", "deployments"),
  replicaSets: define<k8s.V1ReplicaSet>("apps/v1", "ReplicaSet", "replicasets"),
  statefulSets: define<k8s.V1StatefulSet>("apps/v1", "StatefulSet", "statefulsets"),
  horizontalPodAutoscalers: define<k8s.V2HorizontalPodAutoscaler>(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
  ),
  cronJobs: define<k8s.V1CronJob>("batch/v1", "CronJob", "cronjobs"),
  jobs: define<k8s.V1Job>("batch/v1", "Job", "jobs"),
  ingresses: define<k8s.V1Ingress>("networking.k8s.io/v1", "Ingress", "ingresses"),
  ingressClasses: define<k8s.V1IngressClass>("networking.k8s.io/v1", "IngressClass", "ingressclasses", false),
  leases: define<k8s.V1Lease>("coordination.k8s.io/v1", "Lease", "leases"),
  customResourceDefinitions: define<k8s.V1CustomResourceDefinition>(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    false,
  ),
} as const;
