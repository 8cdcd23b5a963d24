import type { Duplex } from "node:stream";
import type { Clock, ClusterApi } from "../api/cluster-api.ts";
import { StatusError } from "../errors.ts";
import { EventRecorder } from "../node/events.ts";
import { EndpointTable } from "./endpoints.ts";
import { type IngressPorts, IngressRouter } from "./ingress/ingress-router.ts";
import { routesFile } from "./preload-file.ts";
import { ServiceRouter } from "./service-router.ts";

export interface RouterOptions {
  /** The node agent's data folder: pods find services by a file in it. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** 8080 and 8443 by default; 0 takes a free one. */
  readonly ingress?: Partial<IngressPorts>;
  /** Told of faults that concern no single request. */
  readonly onFault?: (error: unknown) => void;
}

export interface Routers {
  /** A connection to a ready endpoint of the service's port (number or name). Throws StatusError 503 when there is none. */
  dialService(namespace: string, service: string, port: number | string): Promise<Duplex>;
  /** Where the ingress router listens on 127.0.0.1. */
  readonly ingress: IngressPorts;
  stop(): Promise<void>;
}

/** Makes Services and Ingresses reachable on loopback. Throws when a port of the ingress router is taken. */
export async function startRouters(api: ClusterApi, options: RouterOptions): Promise<Routers> {
  const { dataDir, clock, onFault = () => {} } = options;
  const endpoints = new EndpointTable(api);
  const services = new ServiceRouter(api, endpoints, routesFile(dataDir), onFault);
  const recorder = new EventRecorder(api, clock, { component: "local-ingress-router", host: "local" });
  const ports = { httpPort: 8080, httpsPort: 8443, ...options.ingress };
  const ingress = new IngressRouter({ api, endpoints, recorder, ports, onFault });
  const stop = async () => {
    endpoints.close();
    await Promise.all([services.close(), ingress.close()]);
  };
  try {
    await ingress.open();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ingress: ingress.ports,
    stop,
    dialService: async (namespace, service, port) => {
      try {
        return await endpoints.dial(namespace, service, port);
      } catch (error) {
        throw new StatusError("ServiceUnavailable", (error as Error).message);
      }
    },
  };
}
