import { createServer, type RequestListener, request } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { ClusterApi } from "../api/cluster-api.ts";

/** A backend on a port of its own, ended with the test; resolves with the port. */
export async function startBackend(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A Service with one EndpointSlice per real port, as the endpointslices controller writes them. */
export function createService(
  api: ClusterApi,
  name: string,
  port: number,
  realPorts: readonly number[],
  spec: object = {},
): void {
  const metadata = { name, namespace: "default" };
  api.create("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { clusterIP: "10.96.0.77", ports: [{ port, targetPort: 8080, protocol: "TCP" }], ...spec },
  });
  for (const realPort of realPorts) createSlice(api, name, realPort);
}

export function createSlice(api: ClusterApi, service: string, realPort: number): void {
  api.create("endpointslices.discovery.k8s.io", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service}-${realPort}`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
    ports: [{ name: "", port: realPort, protocol: "TCP" }],
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Call {
  readonly port: number;
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** One request with a Host header of its own. */
export function call({ port, host, path = "/", method = "GET", headers = {} }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      path,
      method,
      headers: { host, ...headers },
      agent: false as const,
    };
    const outgoing = request(options, async (answer) => {
      let body = "";
      for await (const chunk of answer) body += chunk;
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}
