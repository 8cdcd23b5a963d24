import { type BuiltinSchemas, nameOf } from "../kinds/builtin-schemas.ts";
import { childSchema, itemSchema, resolve, type Schema } from "../kinds/schema.ts";
import { isJson } from "./prune.ts";

/** Where an empty text, a zero or an empty list is another than none. */
const pointers = new Set(
  [
    "ClientIPConfig.timeoutSeconds",
    "CustomResourceDefinitionVersion.deprecationWarning",
    "Endpoint.hostname Endpoint.nodeName Endpoint.zone",
    "EndpointPort.appProtocol EndpointPort.name EndpointPort.protocol",
    "EndpointAddress.nodeName EndpointPort.appProtocol",
    "HPAScalingRules.policies HPAScalingRules.selectPolicy",
    "HostPathVolumeSource.type",
    "IngressClassParametersReference.apiGroup IngressClassParametersReference.namespace IngressClassParametersReference.scope",
    "IngressSpec.ingressClassName",
    "JobSpec.completionMode JobSpec.managedBy JobSpec.podReplacementPolicy",
    "CronJobSpec.timeZone",
    "LeaseSpec.holderIdentity LeaseSpec.preferredHolder LeaseSpec.strategy",
    "NetworkPolicyPort.protocol",
    "PersistentVolumeClaimSpec.storageClassName",
    "PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy",
    "PodSpec.preemptionPolicy PodSpec.runtimeClassName",
    "PodSecurityContext.fsGroupChangePolicy PodSecurityContext.seLinuxChangePolicy PodSecurityContext.supplementalGroupsPolicy",
    "SeccompProfile.localhostProfile SecurityContext.procMount",
    "TopologySpreadConstraint.nodeAffinityPolicy TopologySpreadConstraint.nodeTaintsPolicy",
    "VolumeMount.mountPropagation VolumeMount.recursiveReadOnly",
    "ServicePort.appProtocol",
    "ServiceSpec.internalTrafficPolicy ServiceSpec.ipFamilyPolicy ServiceSpec.loadBalancerClass ServiceSpec.trafficDistribution",
    "TypedLocalObjectReference.apiGroup TypedObjectReference.apiGroup",
  ].flatMap((line) => line.split(" ")),
);

/** Plain numbers and flags of which a zero is never in JSON. */
export const zeroMeansAbsent: ReadonlySet<string> = new Set(
  "generation minReadySeconds hostPort nodePort healthCheckNodePort initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold observedGeneration stdin stdinOnce tty hostIPC hostNetwork hostPID readOnly paused unschedulable publishNotReadyAddresses preserveUnknownFields nonResourceAttributes".split(
    " ",
  ),
);

/**
 * Takes out, in place, every field of a built-in kind that may be absent and is empty, as Go's encoder does. What a
 * custom kind's schema holds is left as it is.
 */
export function omitEmpty(value: unknown, schema: Schema, schemas: BuiltinSchemas): void {
  if (Array.isArray(value)) {
    const items = itemSchema(schema);
    if (items !== undefined) for (const item of value) omitEmpty(item, items, schemas);
    return;
  }
  if (!isJson(value)) return;
  const node = resolve(schema);
  if (nameOf(node, schemas) === "JSONSchemaProps") return;
  for (const [name, child] of Object.entries(value)) {
    const field = childSchema(node, name);
    if (field === undefined) continue;
    omitEmpty(child, field, schemas);
    if (node.properties?.[name] === undefined || node.required?.includes(name)) continue;
    if (isEmpty(child, name, field) && !pointers.has(`${nameOf(node, schemas)}.${name}`)) delete value[name];
  }
}

function isEmpty(value: unknown, name: string, field: Schema): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isJson(value)) return isMap(resolve(field)) && Object.keys(value).length === 0;
  const isText = value === "" && resolve(field).format !== "int-or-string";
  return isText || ((value === 0 || value === false) && zeroMeansAbsent.has(name));
}

function isMap({ properties, additionalProperties }: Schema): boolean {
  return properties === undefined && typeof additionalProperties === "object";
}
