import { request as httpRequest } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { KubeObject } from "../api/cluster-api.ts";
import { badRequest, notFound, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import type { Exchange, Service } from "../request/context.ts";
import type { RequestInfo } from "../request/request-info.ts";
import { requireNode } from "./handler.ts";

interface Slice extends KubeObject {
  readonly ports?: readonly { name?: string; port?: number }[];
  readonly endpoints?: readonly {
    conditions?: { ready?: boolean };
    targetRef?: { kind?: string; name?: string; namespace?: string };
  }[];
}

interface ServiceObject extends KubeObject {
  readonly spec: { ports?: readonly { name?: string; port: number }[] };
}

interface PodObject extends KubeObject {
  readonly spec: { containers?: readonly { ports?: readonly { name?: string; containerPort: number }[] }[] };
}

/** Where a proxied request goes: a port of a pod. */
export interface Destination {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

const hopHeaders = [
  "authorization",
  "connection",
  "keep-alive",
  "upgrade",
  "te",
  "trailer",
  "transfer-encoding",
  "accept-encoding",
];

/** `pods/NAME:PORT/proxy/PATH` and `services/NAME:PORT/proxy/PATH`, for plain HTTP requests. */
export async function proxyRequest(service: Service, exchange: Exchange, served: Served): Promise<void> {
  const { request, response, info } = exchange;
  const destination = destinationOf(service, served, info);
  const socket = await dial(service, destination);
  const headers: Record<string, string | string[] | undefined> = { ...request.headers };
  for (const name of hopHeaders) delete headers[name];
  if (request.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  const query = request.url?.includes("?") ? request.url.slice(request.url.indexOf("?")) : "";
  const outgoing = httpRequest({
    createConnection: () => socket as never,
    method: request.method,
    path: `${info.rest || "/"}${query}`,
    headers: {
      ...headers,
      host: `${destination.pod}:${destination.port}`,
      "x-forwarded-uri": info.path,
      // A pod that answers before it has read all then goes on reading; told to close, it would break off its answer.
      connection: "keep-alive",
    },
  });
  response.on("close", () => outgoing.destroy());
  const answered = new Promise<void>((resolve, reject) => {
    outgoing.on("error", (error) => reject(unreachable(destination, error)));
    outgoing.on("response", (incoming) => {
      const { connection: _connection, "keep-alive": _alive, ...kept } = incoming.headers;
      response.writeHead(incoming.statusCode ?? 502, kept);
      pipeline(incoming, response).then(resolve, reject);
    });
  });
  request.pipe(outgoing);
  await answered;
  request.unpipe(outgoing).resume();
}

export async function dial(service: Service, destination: Destination): Promise<Duplex> {
  const node = requireNode(service);
  try {
    return await node.dial(destination.namespace, destination.pod, destination.port);
  } catch (error) {
    throw error instanceof StatusError ? error : unreachable(destination, error as Error);
  }
}

function unreachable({ namespace, pod, port }: Destination, error: Error): StatusError {
  return new StatusError(
    "ServiceUnavailable",
    `error trying to reach service: pod ${namespace}/${pod} port ${port}: ${error.message}`,
  );
}

/** Reads `[https:]NAME[:PORT]` and finds a pod for it. Throws NotFound, BadRequest or ServiceUnavailable. */
export function destinationOf(service: Service, served: Served, info: RequestInfo): Destination {
  const { namespace = "" } = info;
  const parts = (info.name ?? "").split(":");
  if (parts.length === 3) {
    const scheme = parts.shift();
    if (scheme === "https")
      throw badRequest(
        "proxying to https backends is not supported by this local cluster; use kubectl port-forward",
      );
  }
  const [name = "", port = ""] = parts;
  const found = service.cluster.store.get(served.resource.id, `${namespace}/${name}`);
  if (found === undefined) throw notFound(served.resource, name);
  if (served.resource.id === "pods") return { namespace, pod: name, port: podPort(found as PodObject, port) };
  return servicePod(service, found as ServiceObject, port);
}

function podPort(pod: PodObject, port: string): number {
  const ports = (pod.spec.containers ?? []).flatMap((container) => container.ports ?? []);
  if (port === "") return ports[0]?.containerPort ?? 80;
  const named = ports.find(({ name }) => name === port)?.containerPort ?? Number(port);
  if (!Number.isInteger(named))
    throw badRequest(`pod ${pod.metadata.name} has no port ${JSON.stringify(port)}`);
  return named;
}

function servicePod(service: Service, object: ServiceObject, port: string): Destination {
  const { name, namespace = "" } = object.metadata;
  const ports = object.spec.ports ?? [];
  const wanted =
    port === "" && ports.length === 1
      ? ports[0]
      : ports.find((one) => one.name === port || String(one.port) === port);
  if (wanted === undefined)
    throw unavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  const slices = service.cluster.store
    .list("endpointslices.discovery.k8s.io")
    .filter(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.labels?.["kubernetes.io/service-name"] === name,
    ) as readonly Slice[];
  const ready = slices.flatMap((slice) => {
    const target = slice.ports?.find((one) => (one.name ?? "") === (wanted.name ?? ""))?.port;
    const endpoints = (slice.endpoints ?? []).filter(
      ({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.kind === "Pod",
    );
    return target === undefined
      ? []
      : endpoints.map(({ targetRef }) => ({ namespace, pod: targetRef?.name ?? "", port: target }));
  });
  const chosen = ready[Math.floor(Math.random() * ready.length)];
  if (chosen === undefined) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}

function unavailable(message: string): StatusError {
  return new StatusError("ServiceUnavailable", message);
}
