import type {
  CoreV1EndpointPort,
  V1EndpointAddress,
  V1EndpointSubset,
  V1Endpoints,
} from "@kubernetes/client-node";
import type { ClusterApi, KubeObject, Wire } from "../api/cluster-api.ts";
import type { StartController } from "./context.ts";
import { startLoop } from "./loop.ts";
import { keyOf, splitKey } from "./owners.ts";
import { type Backend, hasSelector, listBackends, type Service, watchBackends } from "./service-backends.ts";

type Endpoints = KubeObject & Pick<Wire<V1Endpoints>, "subsets">;
type Subset = Wire<V1EndpointSubset>;
type Port = Wire<CoreV1EndpointPort>;

const resource = "endpoints";
const managedBy = { "endpoints.kubernetes.io/managed-by": "endpoint-controller" };
const headless = "service.kubernetes.io/headless";

/** Keeps the Endpoints object of every service that selects pods: what EndpointSlices say, for who still reads the old kind. */
export const startEndpoints: StartController = ({ api, clock, onFault }) => {
  return startLoop({ clock, onFault, reconcile: (key) => reconcile(api, key) }, (loop) => [
    watchBackends(api, (service) => loop.enqueue(keyOf(service))),
  ]);
};

function reconcile(api: ClusterApi, key: string): undefined {
  const { namespace, name } = splitKey(key);
  const service = api.get<Service>("services", namespace, name);
  const known = api.get<Endpoints>(resource, namespace, name);
  if (service === undefined) {
    if (known !== undefined) api.delete(resource, namespace, name);
    return;
  }
  if (service.metadata.deletionTimestamp !== undefined || !hasSelector(service)) return;
  const { [headless]: _, ...labels } = service.metadata.labels ?? {};
  const marks = service.spec?.clusterIP === "None" ? { ...managedBy, [headless]: "" } : managedBy;
  const subsets = toSubsets(service, listBackends(api, service));
  const { subsets: _old, ...rest } = known ?? { apiVersion: "v1", kind: "Endpoints" };
  const endpoints = {
    ...rest,
    metadata: { ...known?.metadata, name, namespace, labels: { ...labels, ...marks } },
    ...(subsets.length === 0 ? {} : { subsets }),
  };
  if (known === undefined) api.create(resource, endpoints);
  else api.update(resource, endpoints);
}

/** Ports that the same pods serve stand together; pods that end are only there when not ready ones are asked for. */
function toSubsets(service: Service, backends: readonly Backend[]): Subset[] {
  const listed = backends.filter(({ ready, terminating }) => ready || !terminating);
  const portless = (service.spec?.ports ?? []).length === 0;
  const served = listed.flatMap((backend) =>
    (portless ? [undefined] : backend.ports).map((port) => ({ backend, port })),
  );
  const byPort = Map.groupBy(served, ({ port }) => JSON.stringify(port));
  const byPods = Map.groupBy(byPort.values(), (entries) =>
    entries.map(({ backend }) => backend.pod.metadata.uid).join(),
  );
  return [...byPods.values()].map((groups) => {
    const pods = (groups[0] ?? []).map(({ backend }) => backend);
    return toSubset(
      service,
      pods,
      groups.flatMap((entries) => entries[0]?.port ?? []),
    );
  });
}

function toSubset(service: Service, backends: readonly Backend[], ports: readonly Port[]): Subset {
  const [ready, waiting] = [backends.filter((it) => it.ready), backends.filter((it) => !it.ready)];
  const toAddresses = (list: readonly Backend[]) => list.map((backend) => toAddress(service, backend));
  return {
    ...(ready.length === 0 ? {} : { addresses: toAddresses(ready) }),
    ...(waiting.length === 0 ? {} : { notReadyAddresses: toAddresses(waiting) }),
    ...(ports.length === 0 ? {} : { ports: ports.map(toPort) }),
  };
}

function toPort({ name, ...port }: Port): Port {
  return name ? { name, ...port } : port;
}

function toAddress(service: Service, { pod, address }: Backend): Wire<V1EndpointAddress> {
  const { hostname, subdomain, nodeName } = pod.spec;
  const { name, namespace = "", uid } = pod.metadata;
  return {
    ip: address,
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}
