import type { ConditionType, Reason } from "@kubeless/api-types";
import type { Live, Resource } from "@kubeless/controller-kit";

/**
 * A Function as it is stored: what this program reads or changes by name, and whatever else the object holds. Objects of
 * Kubeless 1.0 hold nulls and empty values where nothing was meant, so every field may be absent or null.
 */
export interface FunctionObject {
  apiVersion: string;
  kind: string;
  metadata: FunctionMetadata;
  spec: FunctionSpec;
  status?: FunctionStatus | null;
}

export type LiveFunction = Live<FunctionObject>;

export const functions: Resource<FunctionObject> = {
  apiVersion: "kubeless.io/v1beta1",
  kind: "Function",
  plural: "functions",
  namespaced: true,
};

interface FunctionMetadata {
  name: string;
  namespace?: string | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  generation?: number | undefined;
  resourceVersion?: string | undefined;
  deletionTimestamp?: string | undefined;
}

export interface FunctionSpec {
  handler?: string | null;
  function?: string | null;
  "function-content-type"?: string | null;
  checksum?: string | null;
  runtime?: string | null;
  timeout?: string | null;
  deps?: string | null;
  replicas?: number | null;
  deployment?: { spec?: { template?: { spec?: PodSpec | null } | null } | null } | null;
  service?: ServiceSpec | null;
  horizontalPodAutoscaler?: Autoscaler | null;
}

export interface PodSpec {
  containers?: Container[] | null;
  volumes?: { name: string; secret?: { secretName: string } }[] | null;
  nodeSelector?: Record<string, string> | null;
  serviceAccountName?: string | null;
}

export interface Container {
  name?: string | null;
  image?: string | null;
  imagePullPolicy?: string | null;
  env?: { name: string; value?: string | null; valueFrom?: object | null }[] | null;
  resources?: { limits?: Quantities | null; requests?: Quantities | null } | null;
  volumeMounts?: { name: string; mountPath: string }[] | null;
}

type Quantities = Record<string, string>;

export interface ServiceSpec {
  type?: string | null;
  clusterIP?: string | null;
  selector?: Record<string, string> | null;
  ports?: ServicePort[] | null;
}

interface ServicePort {
  name?: string | null;
  port?: number | null;
  protocol?: string | null;
  targetPort?: number | string | null;
}

/** What `spec.horizontalPodAutoscaler` holds: an autoscaling/v2 object, or the v2beta1 one of Kubeless 1.0. */
export interface Autoscaler {
  apiVersion?: string | null;
  kind?: string | null;
  metadata?: {
    name?: string | null;
    namespace?: string | null;
    labels?: Record<string, string> | null;
  } | null;
  spec?: AutoscalerSpec | null;
}

interface AutoscalerSpec {
  minReplicas?: number | null;
  maxReplicas?: number | null;
  scaleTargetRef?: { apiVersion?: string | null; kind?: string | null; name?: string | null } | null;
  metrics?: Metric[] | null;
}

export interface Metric {
  type?: string | null;
  resource?: {
    name?: string | null;
    target?: { type: string; averageUtilization?: number };
    /** v2beta1 */
    targetAverageUtilization?: number | null;
  } | null;
  object?: {
    metric?: { name: string };
    describedObject?: { apiVersion?: string; kind: string; name: string };
    target?: { type?: string; kind?: string; name?: string; value?: string };
    /** v2beta1 */
    metricName?: string | null;
    targetValue?: string | null;
  } | null;
}

export interface FunctionStatus {
  observedGeneration?: number | null;
  conditions?: Condition[] | null;
  replicas?: number | null;
  readyReplicas?: number | null;
  /** Name of the revision that the spec asks for, and of the one that every ready pod runs. */
  revision?: string | null;
  servingRevision?: string | null;
  sourceDigest?: string | null;
}

export interface Condition {
  type: string;
  status: string;
  reason?: Reason | null;
  message?: string | null;
  lastTransitionTime?: string | null;
  observedGeneration?: number | null;
}

/** The pod template's spec, as far as the object has one. */
function podSpecOf({ spec }: FunctionObject): PodSpec {
  return spec.deployment?.spec?.template?.spec ?? {};
}

/** The container the function runs in. */
export function mainContainerOf(object: FunctionObject): Container {
  return podSpecOf(object).containers?.[0] ?? {};
}

export function findCondition(
  object: { status?: { conditions?: Condition[] | null } | null },
  type: ConditionType,
) {
  return object.status?.conditions?.find((condition) => condition.type === type);
}
