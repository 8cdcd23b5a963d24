import { renameSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";
import type { ClusterApi } from "../api/cluster-api.ts";
import type { EndpointTable, Service } from "./endpoints.ts";
import { REFUSING_PORT, type Routes, type ServiceRoute } from "./routes.ts";

interface Listener {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  readonly port: number;
}

/**
 * Gives every port of every Service a loopback listener that passes connections on to ready endpoints, and keeps the
 * file by which pods find them. There, a port that nobody serves is one that refuses; from the host it resets.
 */
export class ServiceRouter {
  readonly #api: ClusterApi;
  readonly #endpoints: EndpointTable;
  readonly #routesFile: string;
  readonly #onFault: (error: unknown) => void;
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Map<string, Promise<Listener>>();
  readonly #end: () => void;
  readonly #endEndpoints: () => void;
  #work: Promise<void> = Promise.resolve();
  #isDue = false;

  constructor(
    api: ClusterApi,
    endpoints: EndpointTable,
    routesFile: string,
    onFault: (error: unknown) => void,
  ) {
    this.#api = api;
    this.#endpoints = endpoints;
    this.#routesFile = routesFile;
    this.#onFault = onFault;
    this.#end = api.watch<Service>("services", ({ type, object }) => {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      if (type === "DELETED") this.#services.delete(key);
      else this.#services.set(key, object);
      this.#schedule();
    });
    this.#endEndpoints = api.watch("endpointslices.discovery.k8s.io", () => this.#schedule());
  }

  async close(): Promise<void> {
    this.#end();
    this.#endEndpoints();
    await this.#work;
    await Promise.all([...this.#listeners.values()].map(async (listener) => closeListener(await listener)));
  }

  /** Many changes at once are one rewrite. */
  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#work = this.#work
      .then(() => {
        this.#isDue = false;
        return this.#reconcile();
      })
      .catch(this.#onFault);
  }

  async #reconcile(): Promise<void> {
    const services = [...this.#services];
    const wanted = new Set(
      services.flatMap(([key, { spec }]) => (spec?.ports ?? []).map(({ port }) => `${key}/${port}`)),
    );
    for (const [key, listener] of this.#listeners) {
      if (wanted.has(key)) continue;
      this.#listeners.delete(key);
      await closeListener(await listener);
    }
    const routes = await Promise.all(
      services.map(async ([key, it]) => [key, await this.#route(key, it)] as const),
    );
    this.#writeRoutes({ services: Object.fromEntries(routes) });
    for (const [key, { spec }] of services) if (spec?.type === "LoadBalancer") await this.#publish(key, spec);
  }

  async #route(key: string, { spec }: Service): Promise<ServiceRoute> {
    if (spec?.type === "ExternalName" && spec.externalName)
      return { externalName: spec.externalName, ports: {} };
    const [namespace = "", name = ""] = key.split("/");
    const ports: Record<string, number> = {};
    for (const { port, targetPort, nodePort, protocol } of spec?.ports ?? []) {
      if (protocol !== undefined && protocol !== "TCP") continue;
      const listener = await this.#listener(key, port, nodePort);
      const real = this.#endpoints.isServed(namespace, name, port) ? listener.port : REFUSING_PORT;
      ports[String(port)] = real;
      if (spec?.clusterIP === "None" && typeof targetPort === "number") ports[String(targetPort)] ??= real;
    }
    const { clusterIP } = spec ?? {};
    return clusterIP && clusterIP !== "None" ? { clusterIP, ports } : { ports };
  }

  #listener(key: string, port: number, nodePort: number | undefined): Promise<Listener> {
    const known = this.#listeners.get(`${key}/${port}`);
    if (known !== undefined) return known;
    const [namespace = "", name = ""] = key.split("/");
    const dial = () => this.#endpoints.dial(namespace, name, port);
    const listener = openListener(dial, nodePort ?? 0).catch(() => openListener(dial, 0));
    this.#listeners.set(`${key}/${port}`, listener);
    return listener;
  }

  #writeRoutes(routes: Routes): void {
    writeFileSync(`${this.#routesFile}.new`, JSON.stringify(routes), { mode: 0o600 });
    renameSync(`${this.#routesFile}.new`, this.#routesFile);
  }

  /** A service of type LoadBalancer says where it can be reached from the host. */
  async #publish(key: string, { ports = [] }: NonNullable<Service["spec"]>): Promise<void> {
    const listeners = await Promise.all(ports.map(({ port }) => this.#listeners.get(`${key}/${port}`)));
    const reached = listeners.flatMap((listener) => listener?.port ?? []);
    const [namespace = "", name = ""] = key.split("/");
    const service = this.#api.get<Service>("services", namespace, name);
    if (service === undefined) return;
    const ingress = [{ ip: "127.0.0.1", ports: reached.map((port) => ({ port, protocol: "TCP" })) }];
    if (JSON.stringify(service.status?.loadBalancer?.ingress) === JSON.stringify(ingress)) return;
    this.#api.updateStatus("services", {
      ...service,
      status: { ...service.status, loadBalancer: { ingress } },
    });
  }
}

function openListener(dial: () => Promise<Socket>, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    sockets.add(client);
    client.once("close", () => sockets.delete(client));
    void connectThrough(client, dial);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, () =>
      resolve({ server, sockets, port: (server.address() as AddressInfo).port }),
    );
  });
}

async function connectThrough(client: Socket, dial: () => Promise<Socket>): Promise<void> {
  client.on("error", () => {});
  try {
    const target = await dial();
    pipeline(client, target, () => {});
    pipeline(target, client, () => {});
  } catch {
    client.resetAndDestroy();
  }
}

function closeListener({ server, sockets }: Listener): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
