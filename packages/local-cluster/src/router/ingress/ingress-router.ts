import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { ClusterApi } from "../../api/cluster-api.ts";
import { createSelfSigned } from "../../certificates/self-signed.ts";
import type { EventRecorder } from "../../node/events.ts";
import type { EndpointTable } from "../endpoints.ts";
import { MOST_WAITING } from "../service-listener.ts";
import { unsupportedAnnotations } from "./annotations.ts";
import { corsHeaders, preflightHeaders } from "./cors.ts";
import { isAllowed, readCredentials } from "./htpasswd.ts";
import { createProxyAgent, type Forwarded, proxyRequest, proxyUpgrade } from "./proxy.ts";
import {
  createRoutes,
  findRoute,
  findTlsSecret,
  type Ingress,
  type Route,
  rewritePath,
} from "./route-table.ts";
import { type Secret, TlsContexts } from "./tls-contexts.ts";

export interface IngressPorts {
  readonly httpPort: number;
  readonly httpsPort: number;
}

export interface IngressRouterOptions {
  readonly api: ClusterApi;
  readonly endpoints: EndpointTable;
  readonly recorder: EventRecorder;
  /** 0 takes a free one. */
  readonly ports: IngressPorts;
  readonly onFault: (error: unknown) => void;
}

/** Of the certificate that a client gets whose server name no TLS secret is for, as ingress-nginx has it. */
const fallbackName = "Local Cluster Ingress Fake Certificate";

/** The ingress class that this router serves, beside Ingresses that name none. */
const ingressClass = "nginx";

/** Serves the cluster's Ingresses on two loopback ports, as ingress-nginx would. */
export class IngressRouter {
  readonly #options: IngressRouterOptions;
  readonly #agent = createProxyAgent();
  readonly #ingresses = new Map<string, Ingress>();
  readonly #ends: (() => void)[] = [];
  readonly #servers: Server[] = [];
  #routes: readonly Route[] = [];
  #ports: IngressPorts = { httpPort: 0, httpsPort: 0 };

  constructor(options: IngressRouterOptions) {
    this.#options = options;
  }

  get ports(): IngressPorts {
    return this.#ports;
  }

  /** Throws when a port is taken. */
  async open(): Promise<void> {
    const { api, ports } = this.#options;
    const fallback = createSelfSigned({ commonName: fallbackName });
    const contexts = new TlsContexts(this.#options.onFault);
    const find = (serverName: string) => {
      const name = findTlsSecret([...this.#ingresses.values()], serverName);
      return name === undefined ? undefined : contexts.get(this.#secret(name));
    };
    const secure = createTlsServer({
      key: fallback.key,
      cert: fallback.certificate,
      SNICallback: (name, done) => done(null, find(name)),
    });
    const httpPort = await this.#listen(createServer(), "http", ports.httpPort);
    const httpsPort = await this.#listen(secure, "https", ports.httpsPort);
    this.#ports = { httpPort, httpsPort };
    ensureClass(api);
    this.#ends.push(
      api.watch<Ingress>("ingresses.networking.k8s.io", (event) => this.#onIngress(event.type, event.object)),
    );
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#agent.destroy();
    await Promise.all(
      this.#servers.map((server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  #listen(server: Server, protocol: "http" | "https", port: number): Promise<number> {
    this.#servers.push(server);
    server.on("request", (incoming, outgoing) => {
      this.#answer(incoming, outgoing, protocol).catch((error) => {
        this.#options.onFault(error);
        outgoing.destroy();
      });
    });
    server.on("upgrade", (incoming, socket, head) => {
      this.#upgrade(incoming, socket, head, protocol).catch((error) => {
        this.#options.onFault(error);
        socket.destroy();
      });
    });
    server.on("clientError", (_error, socket) => socket.destroy());
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        reject(error.code === "EADDRINUSE" ? portTaken(protocol, port) : error),
      );
      server.listen({ port, host: "127.0.0.1", backlog: MOST_WAITING }, () =>
        resolve((server.address() as AddressInfo).port),
      );
    });
  }

  #onIngress(type: string, ingress: Ingress): void {
    const key = `${ingress.metadata.namespace}/${ingress.metadata.name}`;
    const isServed = type !== "DELETED" && classOf(ingress) === ingressClass;
    if (isServed) this.#ingresses.set(key, ingress);
    else this.#ingresses.delete(key);
    this.#routes = createRoutes([...this.#ingresses.values()]);
    if (!isServed) return;
    if (type === "ADDED") this.#warn(ingress);
    this.#publish(ingress);
  }

  #warn(ingress: Ingress): void {
    const { guards, others } = unsupportedAnnotations(ingress);
    const warn = (message: string) =>
      this.#options.recorder.record({ object: ingress }, "Warning", "UnsupportedAnnotation", message);
    if (guards.length > 0)
      warn(`not served, as the local ingress router does not support ${guards.join(", ")}`);
    if (others.length > 0) warn(`the local ingress router ignores ${others.join(", ")}`);
  }

  #publish(ingress: Ingress): void {
    const { httpPort, httpsPort } = this.#ports;
    const ports = [httpPort, httpsPort].map((port) => ({ port, protocol: "TCP" }));
    const status = { loadBalancer: { ingress: [{ ip: "127.0.0.1", ports }] } };
    if (JSON.stringify(ingress.status?.loadBalancer) === JSON.stringify(status.loadBalancer)) return;
    const current = this.#options.api.get<Ingress>(
      "ingresses.networking.k8s.io",
      ingress.metadata.namespace,
      ingress.metadata.name,
    );
    if (current?.metadata.uid === ingress.metadata.uid) {
      this.#options.api.updateStatus("ingresses.networking.k8s.io", { ...current, status });
    }
  }

  /** Each step either answers or lets the request go on to the next one. */
  async #answer(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    protocol: "http" | "https",
  ): Promise<void> {
    const { path, query } = splitUrl(incoming.url);
    const { host = "", origin, authorization } = incoming.headers;
    const route = findRoute(this.#routes, host, path);
    if (route === undefined)
      return reply(outgoing, 404, "default backend - 404: no Ingress has a rule for this host and path");
    const { settings } = route;
    if (this.#mustRedirect(route, protocol)) {
      const name = host.replace(/:\d+$/, "");
      return reply(outgoing, 308, "", {
        Location: `https://${name}:${this.#ports.httpsPort}${incoming.url}`,
      });
    }
    const cors = settings.cors === undefined ? {} : corsHeaders(settings.cors, origin);
    if (settings.cors !== undefined && incoming.method === "OPTIONS") {
      return reply(outgoing, 204, "", { ...cors, ...preflightHeaders(settings.cors) });
    }
    const refusal = route.withheld ?? (await this.#refuse(route, authorization));
    if (refusal === "unauthorized") {
      return reply(outgoing, 401, "401 Authorization Required", {
        ...cors,
        "WWW-Authenticate": challenge(settings.authRealm),
      });
    }
    if (refusal !== undefined)
      return reply(outgoing, 503, `503 Service Temporarily Unavailable: ${refusal}`, cors);
    const forwarded = { ...this.#forwarded(route, path, query, protocol), headers: cors };
    if (await proxyRequest(this.#agent, this.#endpointsOf(route), incoming, outgoing, forwarded)) return;
    return reply(outgoing, 503, `503 Service Temporarily Unavailable: ${noEndpoint(route)}`, cors);
  }

  async #upgrade(
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    protocol: "http" | "https",
  ): Promise<void> {
    const { path, query } = splitUrl(incoming.url);
    const route = findRoute(this.#routes, incoming.headers.host ?? "", path);
    if (route === undefined) return refuseUpgrade(socket, "404 Not Found");
    const refusal = route.withheld ?? (await this.#refuse(route, incoming.headers.authorization));
    if (refusal === "unauthorized") return refuseUpgrade(socket, "401 Unauthorized");
    const [endpoint] = refusal === undefined ? this.#endpointsOf(route) : [];
    if (endpoint === undefined) return refuseUpgrade(socket, "503 Service Unavailable");
    proxyUpgrade(endpoint, incoming, socket, head, this.#forwarded(route, path, query, protocol));
  }

  #mustRedirect({ settings, hasTls }: Route, protocol: "http" | "https"): boolean {
    return protocol === "http" && (settings.forceSslRedirect || (hasTls && settings.sslRedirect));
  }

  /** Why the route's own protection keeps the request out; a missing or useless Secret lets nobody in. */
  async #refuse({ settings }: Route, authorization: string | undefined): Promise<string | undefined> {
    if (settings.authSecret === undefined) return undefined;
    const file = this.#secret(settings.authSecret)?.data?.auth;
    if (file === undefined) {
      return `Secret ${settings.authSecret} with an htpasswd file under the key "auth" is missing`;
    }
    const credentials = readCredentials(authorization);
    const text = Buffer.from(file, "base64").toString("utf8");
    const isIn = credentials !== undefined && (await isAllowed(text, credentials.user, credentials.password));
    return isIn ? undefined : "unauthorized";
  }

  #endpointsOf({ backend }: Route) {
    if (backend === undefined) return [];
    return this.#options.endpoints.find(backend.namespace, backend.service, backend.port);
  }

  #forwarded(route: Route, path: string, query: string, protocol: "http" | "https"): Forwarded {
    const port = protocol === "http" ? this.#ports.httpPort : this.#ports.httpsPort;
    return { path: `${rewritePath(route, path)}${query}`, protocol, port, headers: {} };
  }

  #secret(qualified: string): Secret | undefined {
    const [namespace, name = ""] = qualified.split("/");
    return this.#options.api.get<Secret>("secrets", namespace, name);
  }
}

function classOf({ metadata, spec }: Ingress): string {
  return spec?.ingressClassName ?? metadata.annotations?.["kubernetes.io/ingress.class"] ?? ingressClass;
}

function ensureClass(api: ClusterApi): void {
  if (api.get("ingressclasses.networking.k8s.io", undefined, ingressClass) !== undefined) return;
  api.create("ingressclasses.networking.k8s.io", {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: ingressClass, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
    spec: { controller: "local-cluster/ingress-router" },
  });
}

function noEndpoint({ backend, ingress }: Route): string {
  if (backend === undefined) return `the rule of Ingress ${ingress} names no service`;
  return `service ${backend.namespace}/${backend.service} has no ready endpoints for port ${backend.port}`;
}

function splitUrl(url = "/"): { path: string; query: string } {
  const mark = url.indexOf("?");
  return mark < 0 ? { path: url, query: "" } : { path: url.slice(0, mark), query: url.slice(mark) };
}

function challenge(realm: string): string {
  return `Basic realm="${realm.replace(/["\\]/g, "\\$&")}"`;
}

function reply(
  outgoing: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  outgoing.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...headers });
  outgoing.end(text === "" ? text : `${text}\n`);
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function portTaken(protocol: string, port: number): Error {
  return new Error(
    `port ${port} on 127.0.0.1, meant for the ingress router's ${protocol}, is taken; end what uses it or name another port`,
  );
}
