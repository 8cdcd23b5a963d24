import { renameSync, writeFileSync } from "node:fs";
import type { ClusterApi } from "../api/cluster-api.ts";
import type { EndpointTable, Service } from "./endpoints.ts";
import { REFUSING_PORT, type Routes, type ServiceRoute } from "./routes.ts";
import { ServiceListener } from "./service-listener.ts";

/**
 * Gives every port of every Service a loopback listener that passes connections on to ready endpoints, and keeps the
 * file by which pods find them. A port that nobody serves refuses.
 */
export class ServiceRouter {
  readonly #api: ClusterApi;
  readonly #endpoints: EndpointTable;
  readonly #routesFile: string;
  readonly #onFault: (error: unknown) => void;
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Map<string, ServiceListener>();
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
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
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
      await listener.close();
    }
    const routes = await Promise.all(
      services.map(async ([key, it]) => [key, await this.#route(key, it)] as const),
    );
    this.#writeRoutes({ services: Object.fromEntries(routes) });
    for (const [key, { spec }] of services) if (spec?.type === "LoadBalancer") this.#publish(key, spec);
  }

  async #route(key: string, { spec }: Service): Promise<ServiceRoute> {
    if (spec?.type === "ExternalName" && spec.externalName)
      return { externalName: spec.externalName, ports: {} };
    const [namespace = "", name = ""] = key.split("/");
    const ports: Record<string, number> = {};
    for (const { port, targetPort, nodePort, protocol } of spec?.ports ?? []) {
      if (protocol !== undefined && protocol !== "TCP") continue;
      const listener = this.#listener(key, port, nodePort);
      const isServed = this.#endpoints.isServed(namespace, name, port);
      if (isServed) await listener.open();
      else listener.refuse();
      const real = isServed ? listener.port : REFUSING_PORT;
      ports[String(port)] = real;
      if (spec?.clusterIP === "None" && typeof targetPort === "number") ports[String(targetPort)] ??= real;
    }
    const { clusterIP } = spec ?? {};
    return clusterIP && clusterIP !== "None" ? { clusterIP, ports } : { ports };
  }

  #listener(key: string, port: number, nodePort: number | undefined): ServiceListener {
    const known = this.#listeners.get(`${key}/${port}`);
    if (known !== undefined) return known;
    const [namespace = "", name = ""] = key.split("/");
    const dial = () => this.#endpoints.dial(namespace, name, port);
    const listener = new ServiceListener(dial, nodePort ?? 0);
    this.#listeners.set(`${key}/${port}`, listener);
    return listener;
  }

  #writeRoutes(routes: Routes): void {
    writeFileSync(`${this.#routesFile}.new`, JSON.stringify(routes), { mode: 0o600 });
    renameSync(`${this.#routesFile}.new`, this.#routesFile);
  }

  /** A service of type LoadBalancer says where it can be reached from the host. */
  #publish(key: string, { ports = [] }: NonNullable<Service["spec"]>): void {
    const reached = ports.flatMap(({ port }) => this.#listeners.get(`${key}/${port}`)?.port || []);
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
