import type { V1EndpointSlice, V1Service, V1ServicePort } from "@kubernetes/client-node";
import type { ClusterApi, KubeObject, Wire } from "../api/cluster-api.ts";
import { allContainers, type Pod } from "../node/pod.ts";
import { readPorts } from "../node/ports.ts";

export type Service = KubeObject & Pick<Wire<V1Service>, "spec">;
export type BackendPort = NonNullable<Wire<V1EndpointSlice>["ports"]>[number] & { readonly port: number };

/** One pod behind a service: where each of the service's ports really is, and what may be sent to it. */
export interface Backend {
  readonly pod: Pod;
  readonly address: string;
  readonly ports: readonly BackendPort[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** Whether pods are chosen by the service; other services' endpoints are written by whoever made them. */
export function hasSelector({ spec }: Service): boolean {
  return spec?.type !== "ExternalName" && Object.keys(spec?.selector ?? {}).length > 0;
}

/** The pods that a service selects and that have an address, by name. */
export function listBackends(api: ClusterApi, service: Service): Backend[] {
  const { namespace = "" } = service.metadata;
  const labelSelector = { matchLabels: service.spec?.selector ?? {} };
  return api
    .list<Pod>("pods", { namespace, labelSelector })
    .filter(({ status }) => status?.podIP && status.phase !== "Succeeded" && status.phase !== "Failed")
    .map((pod) => toBackend(service, pod));
}

/** Enqueues by `onService` every service whose endpoints a change of services or pods may concern. */
export function watchBackends(api: ClusterApi, onService: (service: Service) => void): () => void {
  const ends = [
    api.watch<Service>("services", ({ object }) => onService(object)),
    api.watch<Pod>("pods", ({ object, previous }) => {
      for (const service of api.list<Service>("services", { namespace: object.metadata.namespace ?? "" })) {
        if (selects(service, object) || (previous && selects(service, previous))) onService(service);
      }
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function selects(service: Service, { metadata }: Pod): boolean {
  const wanted = Object.entries(service.spec?.selector ?? {});
  return hasSelector(service) && wanted.every(([key, value]) => metadata.labels?.[key] === value);
}

function toBackend(service: Service, pod: Pod): Backend {
  const conditions = pod.status?.conditions ?? [];
  const serving = conditions.some(({ type, status }) => type === "Ready" && status === "True");
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return {
    pod,
    address: pod.status?.podIP ?? "",
    ports: realPorts(service, pod),
    ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
    serving,
    terminating,
  };
}

/** The service's ports on this pod; one that the pod does not have by name is left out. */
function realPorts(service: Service, pod: Pod): BackendPort[] {
  const real = readPorts(pod);
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = targetPort(servicePort, pod);
    if (port === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    return [{ name, port: real.get(port) ?? port, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function targetPort(
  { targetPort: target, port, protocol = "TCP" }: Wire<V1ServicePort>,
  pod: Pod,
): number | undefined {
  if (typeof target !== "string") return target || port;
  return allContainers(pod.spec)
    .flatMap(({ ports = [] }) => ports)
    .find((it) => it.name === target && (it.protocol ?? "TCP") === protocol)?.containerPort;
}
