import { fillComputed, type TypeDefaults } from "../schema/defaults.ts";
import type { Json } from "../schema/prune.ts";
import type { BuiltinSchemas } from "./builtin-schemas.ts";
import type { Schema } from "./schema.ts";

type Rules = Readonly<Record<string, unknown>>;

const core = "io.k8s.api.core.v1";
const apps = "io.k8s.api.apps.v1";
const batch = "io.k8s.api.batch.v1";
const extensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";
const rollingUpdate = { maxSurge: "25%", maxUnavailable: "25%" };

/** For what Go holds by a pointer: an empty text stays one. */
const ifAbsent = (name: string, value: unknown) => (object: Json) =>
  object[name] === undefined ? value : undefined;

/** Only a Job has them, not the template of a CronJob. */
const jobSpec: Rules = {
  completions: (spec: Json) => (spec.parallelism === undefined ? 1 : undefined),
  parallelism: 1,
  backoffLimit: (spec: Json) => (spec.backoffLimitPerIndex === undefined ? 6 : 2147483647),
  completionMode: ifAbsent("completionMode", "NonIndexed"),
  suspend: false,
  podReplacementPolicy: (spec: Json) =>
    ifAbsent(
      "podReplacementPolicy",
      spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
    )(spec),
};

const allAtOnce = { type: "Percent", value: 100, periodSeconds: 15 };
const fastUp = [{ type: "Pods", value: 4, periodSeconds: 15 }, allAtOnce];

/** Defaults of the built-in types, as the defaults.go files of k8s.io/kubernetes set them. Functions get the object. */
const byType: Readonly<Record<string, Rules>> = {
  [`${core}.PodSpec`]: {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    serviceAccount: (spec: Json) => spec.serviceAccountName,
    serviceAccountName: (spec: Json) => spec.serviceAccount,
  },
  [`${core}.Container`]: {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: (container: Json) => pullPolicy(String(container.image ?? "")),
  },
  [`${core}.EphemeralContainer`]: {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: (container: Json) => pullPolicy(String(container.image ?? "")),
  },
  [`${core}.Probe`]: { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  [`${core}.HTTPGetAction`]: { path: "/", scheme: "HTTP", port: 0 },
  [`${core}.TCPSocketAction`]: { port: 0 },
  [`${core}.Volume`]: { emptyDir: (volume: Json) => (Object.keys(volume).length === 1 ? {} : undefined) },
  [`${core}.ConfigMapVolumeSource`]: { defaultMode: 420 },
  [`${core}.SecretVolumeSource`]: { defaultMode: 420 },
  [`${core}.ProjectedVolumeSource`]: { defaultMode: 420 },
  [`${core}.DownwardAPIVolumeSource`]: { defaultMode: 420 },
  [`${core}.HostPathVolumeSource`]: { type: "" },
  [`${core}.ServiceAccountTokenProjection`]: { expirationSeconds: 3600 },
  [`${core}.ObjectFieldSelector`]: { apiVersion: "v1" },
  [`${core}.ResourceFieldSelector`]: { divisor: "0" },
  [`${core}.Secret`]: { type: "Opaque" },
  [`${core}.ServicePort`]: {
    protocol: "TCP",
    port: 0,
    targetPort: (port: Json) => port.port,
    "": (port: Json) => {
      if (port.targetPort === 0) port.targetPort = port.port;
    },
  },
  [`${core}.ServiceSpec`]: {
    type: "ClusterIP",
    sessionAffinity: "None",
    sessionAffinityConfig: (spec: Json) =>
      spec.sessionAffinity === "ClientIP" ? { clientIP: { timeoutSeconds: 10_800 } } : undefined,
    "": (spec: Json) => {
      if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
    },
    internalTrafficPolicy: (spec: Json) =>
      spec.type === "ExternalName" ? undefined : ifAbsent("internalTrafficPolicy", "Cluster")(spec),
    externalTrafficPolicy: (spec: Json) => (isExternal(spec) ? "Cluster" : undefined),
    allocateLoadBalancerNodePorts: (spec: Json) => (spec.type === "LoadBalancer" ? true : undefined),
  },
  [`${core}.EndpointPort`]: { protocol: "TCP" },
  [`${core}.SessionAffinityConfig`]: { clientIP: {} },
  [`${core}.ClientIPConfig`]: { timeoutSeconds: 10_800 },
  [`${core}.Namespace`]: { spec: {} },
  [`${apps}.DeploymentSpec`]: { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  [`${apps}.DeploymentStrategy`]: {
    type: "RollingUpdate",
    rollingUpdate: (strategy: Json) => (strategy.type === "RollingUpdate" ? { ...rollingUpdate } : undefined),
  },
  [`${apps}.RollingUpdateDeployment`]: {
    maxSurge: ifAbsent("maxSurge", "25%"),
    maxUnavailable: ifAbsent("maxUnavailable", "25%"),
  },
  [`${apps}.ReplicaSetSpec`]: { replicas: 1 },
  [`${batch}.Job`]: { "": (job: Json) => fillAbsent(job.spec as Json, jobSpec) },
  [`${batch}.CronJobSpec`]: {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  },
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec": {
    minReplicas: 1,
    metrics: () => [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
      },
    ],
  },
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior": {
    scaleUp: {},
    scaleDown: {},
    "": ({ scaleUp, scaleDown }: Json) => {
      fillAbsent(scaleUp as Json, {
        stabilizationWindowSeconds: 0,
        selectPolicy: ifAbsent("selectPolicy", "Max"),
        policies: fastUp,
      });
      fillAbsent(scaleDown as Json, { selectPolicy: ifAbsent("selectPolicy", "Max"), policies: [allAtOnce] });
    },
  },
  "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec": { minReplicas: 1 },
  "io.k8s.api.discovery.v1.EndpointSlice": { endpoints: () => [] },
  "io.k8s.api.discovery.v1.ForZone": { name: "" },
  "io.k8s.api.discovery.v1.EndpointPort": { name: "", protocol: ifAbsent("protocol", "TCP") },
  "io.k8s.api.networking.v1.IngressClassParametersReference": {
    scope: ifAbsent("scope", "Cluster"),
  },
  "io.k8s.api.networking.v1.NetworkPolicyPort": { protocol: ifAbsent("protocol", "TCP") },
  "io.k8s.api.networking.v1.NetworkPolicySpec": {
    policyTypes: (spec: Json) => (spec.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"]),
  },
  "io.k8s.api.rbac.v1.RoleRef": { apiGroup: "rbac.authorization.k8s.io" },
  "io.k8s.api.rbac.v1.Subject": {
    apiGroup: (subject: Json) =>
      subject.kind === "ServiceAccount" ? undefined : "rbac.authorization.k8s.io",
  },
  "io.k8s.api.rbac.v1.RoleBinding": {},
  [`${extensions}.CustomResourceDefinitionSpec`]: { conversion: { strategy: "None" } },
};

/** The defaults of every built-in type, by the schema they belong to. */
export function builtinDefaults(schemas: BuiltinSchemas): TypeDefaults {
  const defaults = new Map<Schema, Rules>();
  for (const [name, rules] of Object.entries(byType)) {
    const schema = schemas.get(name);
    if (schema !== undefined) defaults.set(schema, rules);
  }
  return defaults;
}

function isExternal(spec: Json): boolean {
  return spec.type === "LoadBalancer" || spec.type === "NodePort";
}

/** `Always` for `:latest` and for no tag, else `IfNotPresent`. */
function pullPolicy(image: string): string {
  if (image.includes("@")) return "IfNotPresent";
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? "latest";
  return tag === "latest" ? "Always" : "IfNotPresent";
}

function fillAbsent(object: Json | undefined, rules: Rules): void {
  if (object !== undefined) fillComputed(object, rules);
}
