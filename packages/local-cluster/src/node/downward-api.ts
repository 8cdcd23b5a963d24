import { parseQuantity } from "../schema/quantity.ts";
import { type Container, namespaceOf, type Pod } from "./pod.ts";

/** What a pod may learn about the node it runs on. */
export interface NodeFacts {
  readonly name: string;
  readonly hostIP: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface FieldSelector {
  readonly fieldPath: string;
}

export interface ResourceSelector {
  readonly resource: string;
  readonly containerName?: string;
  readonly divisor?: string | number;
}

/** The text of a pod's own field; undefined for a field that the downward API does not offer. */
export function readField(pod: Pod, node: NodeFacts, { fieldPath }: FieldSelector): string | undefined {
  const entry = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (entry !== null) return pod.metadata[entry[1] as "labels" | "annotations"]?.[entry[2] ?? ""] ?? "";
  const fields: Readonly<Record<string, () => string>> = {
    "metadata.name": () => pod.metadata.name,
    "metadata.namespace": () => namespaceOf(pod),
    "metadata.uid": () => pod.metadata.uid,
    "metadata.labels": () => formatMap(pod.metadata.labels),
    "metadata.annotations": () => formatMap(pod.metadata.annotations),
    "spec.nodeName": () => node.name,
    "spec.serviceAccountName": () => pod.spec.serviceAccountName ?? "default",
    "status.hostIP": () => node.hostIP,
    "status.hostIPs": () => node.hostIP,
    "status.podIP": () => node.hostIP,
    "status.podIPs": () => node.hostIP,
  };
  return fields[fieldPath]?.();
}

/** A container's request or limit in units of the divisor, rounded up; what has no limit has the node's capacity. */
export function readResource(
  pod: Pod,
  node: NodeFacts,
  own: Container | undefined,
  selector: ResourceSelector,
): string | undefined {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const container = selector.containerName
    ? containers.find((it) => it.name === selector.containerName)
    : own;
  const [kind, name = ""] = selector.resource.split(".");
  if (container === undefined || (kind !== "limits" && kind !== "requests")) return undefined;
  const capacity = name === "cpu" ? node.cpus : name === "memory" ? node.memoryBytes : 0;
  const value = parseQuantity(container.resources?.[kind]?.[name]) ?? (kind === "limits" ? capacity : 0);
  const divisor = parseQuantity(selector.divisor) || 1;
  return String(Math.ceil(value / divisor - 1e-9));
}

/** `key="value"` lines, sorted, as the kubelet writes labels and annotations. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join("\n");
}
