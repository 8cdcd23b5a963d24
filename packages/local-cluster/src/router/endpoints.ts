import { connect, type Socket } from "node:net";
import type { V1EndpointSlice, V1Service } from "@kubernetes/client-node";
import type { ClusterApi, KubeObject, Wire } from "../api/cluster-api.ts";

export type Service = KubeObject & Pick<Wire<V1Service>, "spec" | "status">;
type EndpointSlice = KubeObject & Pick<Wire<V1EndpointSlice>, "endpoints" | "ports">;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Why a service's port cannot be reached; the message says what to look at. */
class NoEndpointError extends Error {}

/** Finds who serves a service's port, from EndpointSlices, each one in turn. */
export class EndpointTable {
  readonly #api: ClusterApi;
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  readonly #turns = new Map<string, number>();
  readonly #end: () => void;

  constructor(api: ClusterApi) {
    this.#api = api;
    this.#end = api.watch<EndpointSlice>("endpointslices.discovery.k8s.io", ({ type, object }) => {
      const service = object.metadata.labels?.["kubernetes.io/service-name"];
      if (service === undefined) return;
      const key = `${object.metadata.namespace}/${service}`;
      const slices = this.#slices.get(key) ?? new Map<string, EndpointSlice>();
      if (type === "DELETED") slices.delete(object.metadata.name);
      else slices.set(object.metadata.name, object);
      if (slices.size === 0) this.#slices.delete(key);
      else this.#slices.set(key, slices);
    });
  }

  close(): void {
    this.#end();
  }

  /** The ready endpoints of a service's port (by number or name), beginning with the next one in turn. */
  find(namespace: string, name: string, port: number | string): Endpoint[] {
    const ready = this.#ready(namespace, name, port);
    const key = `${namespace}/${name}`;
    const turn = this.#turns.get(`${key}/${port}`) ?? 0;
    this.#turns.set(`${key}/${port}`, turn + 1);
    const start = ready.length === 0 ? 0 : turn % ready.length;
    return [...ready.slice(start), ...ready.slice(0, start)];
  }

  /** Whether somebody serves a service's port now. */
  isServed(namespace: string, name: string, port: number): boolean {
    return this.#ready(namespace, name, port).length > 0;
  }

  #ready(namespace: string, name: string, port: number | string): Endpoint[] {
    const service = this.#api.get<Service>("services", namespace, name);
    const servicePort = service?.spec?.ports?.find((it) => it.port === Number(port) || it.name === port);
    if (servicePort === undefined) return [];
    return [...(this.#slices.get(`${namespace}/${name}`)?.values() ?? [])].flatMap((slice) =>
      readyEndpoints(slice, servicePort.name ?? ""),
    );
  }

  /** A connection to the service's port. Throws NoEndpointError when nobody takes it. */
  async dial(namespace: string, name: string, port: number | string): Promise<Socket> {
    let cause = `service ${namespace}/${name} has no ready endpoints for port ${port}`;
    for (const endpoint of this.find(namespace, name, port)) {
      try {
        return await open(endpoint);
      } catch (error) {
        cause = `endpoint ${endpoint.host}:${endpoint.port} of service ${namespace}/${name}: ${(error as Error).message}`;
      }
    }
    throw new NoEndpointError(cause);
  }
}

function readyEndpoints({ endpoints, ports }: EndpointSlice, portName: string): Endpoint[] {
  const port = (ports ?? []).find(({ name = "" }) => name === portName)?.port;
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port })));
}

function open({ host, port }: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
