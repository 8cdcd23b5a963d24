import type { V1Endpoint, V1EndpointSlice } from "@kubernetes/client-node";
import type { ClusterApi, KubeObject, Wire } from "../api/cluster-api.ts";
import type { ControllerContext, StartController } from "./context.ts";
import { startLoop } from "./loop.ts";
import { isControlledBy, keyOf, splitKey, toOwner } from "./owners.ts";
import {
  type Backend,
  type BackendPort,
  hasSelector,
  listBackends,
  type Service,
  watchBackends,
} from "./service-backends.ts";

type EndpointSlice = KubeObject & Pick<Wire<V1EndpointSlice>, "addressType" | "endpoints" | "ports">;
type SliceContent = Pick<EndpointSlice, "endpoints" | "ports">;

const resource = "endpointslices.discovery.k8s.io";
const serviceName = "kubernetes.io/service-name";
const managedBy = "endpointslice.kubernetes.io/managed-by";
const headless = "service.kubernetes.io/headless";
const controllerName = "endpointslice-controller.k8s.io";
const mostEndpoints = 100;

/**
 * Keeps the EndpointSlices of every service that selects pods. As pods' ports differ here, pods with the same ports
 * share slices; a service without any pod has one empty slice.
 */
export const startEndpointSlices: StartController = ({ api, clock, onFault }: ControllerContext) => {
  return startLoop({ clock, onFault, reconcile: (key) => reconcile(api, key) }, (loop) => [
    watchBackends(api, (service) => loop.enqueue(keyOf(service))),
    api.watch<EndpointSlice>(resource, ({ object: { metadata } }) => {
      const { [serviceName]: name, [managedBy]: manager } = metadata.labels ?? {};
      if (name !== undefined && manager === controllerName) loop.enqueue(`${metadata.namespace}/${name}`);
    }),
  ]);
};

function reconcile(api: ClusterApi, key: string): undefined {
  const { namespace, name } = splitKey(key);
  const service = api.get<Service>("services", namespace, name);
  if (service === undefined || service.metadata.deletionTimestamp !== undefined || !hasSelector(service))
    return;
  const free = listOwn(api, service);
  const missing = toContents(service, listBackends(api, service)).filter((content) => {
    const known = free.findIndex((slice) => samePorts(slice, content));
    if (known < 0) return true;
    for (const slice of free.splice(known, 1)) write(api, service, slice, content);
    return false;
  });
  for (const content of missing) write(api, service, free.shift(), content);
  for (const { metadata } of free) {
    api.delete(resource, namespace, metadata.name, { preconditions: { uid: metadata.uid } });
  }
}

function listOwn(api: ClusterApi, service: Service): EndpointSlice[] {
  const { namespace = "", name } = service.metadata;
  const matchLabels = { [serviceName]: name, [managedBy]: controllerName };
  return api
    .list<EndpointSlice>(resource, { namespace, labelSelector: { matchLabels } })
    .filter((slice) => slice.metadata.deletionTimestamp === undefined && isControlledBy(slice, service));
}

function toContents(service: Service, backends: readonly Backend[]): SliceContent[] {
  const groups = Map.groupBy(backends, ({ ports }) => JSON.stringify(ports));
  if (groups.size === 0) return [{ endpoints: [], ports: [] }];
  return [...groups.values()].flatMap((group) =>
    chunks(group).map((part) => ({
      endpoints: part.map((backend) => toEndpoint(service, backend)),
      ports: [...(part[0]?.ports ?? [])],
    })),
  );
}

function chunks(backends: readonly Backend[]): Backend[][] {
  const count = Math.ceil(backends.length / mostEndpoints);
  return Array.from({ length: count }, (_, index) =>
    backends.slice(index * mostEndpoints, (index + 1) * mostEndpoints),
  );
}

function toEndpoint(service: Service, backend: Backend): Wire<V1Endpoint> {
  const { pod, address, ready, serving, terminating } = backend;
  const { hostname, subdomain, nodeName } = pod.spec;
  const { name, namespace = "", uid } = pod.metadata;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function samePorts(slice: SliceContent, content: SliceContent): boolean {
  return (
    JSON.stringify(slice.ports?.map(identity) ?? []) === JSON.stringify(content.ports?.map(identity) ?? [])
  );
}

function identity({ name = "", port, protocol, appProtocol }: Partial<BackendPort>) {
  return [name, port, protocol, appProtocol];
}

/** Puts the content into the slice, or into a new one; a write without a change is none. */
function write(
  api: ClusterApi,
  service: Service,
  slice: EndpointSlice | undefined,
  content: SliceContent,
): void {
  const labels = renderLabels(service);
  if (slice !== undefined) {
    api.update(resource, { ...slice, ...content, metadata: { ...slice.metadata, labels } });
    return;
  }
  const { namespace, name } = service.metadata;
  api.create(resource, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels,
      ownerReferences: [toOwner({ ...service, apiVersion: "v1", kind: "Service" })],
    },
    addressType: "IPv4",
    ...content,
  });
}

/** The service's own labels, and those that say whose slice it is. */
function renderLabels(service: Service): Record<string, string> {
  const { labels, name } = service.metadata;
  const { [headless]: _, ...own } = labels ?? {};
  return {
    ...own,
    [serviceName]: name,
    [managedBy]: controllerName,
    ...(service.spec?.clusterIP === "None" ? { [headless]: "" } : {}),
  };
}
