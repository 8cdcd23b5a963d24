import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import type { Component, Manager } from "./manager.ts";

export interface HealthServerOptions {
  /** 0 takes any free port. */
  port: number;
  /** Default: all addresses. */
  host?: string | undefined;
  manager: Pick<Manager, "stuck" | "notReady">;
  registry: Registry;
}

export interface HealthServer extends Component {
  /** Where it listens; 0 before it does. */
  readonly port: number;
}

/**
 * `/healthz` (200 while everything makes progress, else 500 with what is stuck), `/readyz` (200 when all is ready, else
 * 503 with what is waited for) and `/metrics` (Prometheus text).
 */
export function createHealthServer({ port, host, manager, registry }: HealthServerOptions): HealthServer {
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => send(response, 500, String(error)));
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, "only GET");
    switch (request.url?.split("?")[0]) {
      case "/healthz":
        return sendFaults(response, 500, manager.stuck());
      case "/readyz":
        return sendFaults(response, 503, manager.notReady());
      case "/metrics":
        return send(response, 200, await registry.metrics(), registry.contentType);
      default:
        return send(response, 404, "there are /healthz, /readyz and /metrics");
    }
  }

  return {
    name: "health server",
    get port() {
      const address = server.address() as AddressInfo | null;
      return address?.port ?? 0;
    },
    async start() {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once("error", reject);
      server.listen(port, host, resolve);
      await promise;
    },
    async stop() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

function sendFaults(response: ServerResponse, status: number, faults: readonly string[]): void {
  if (faults.length === 0) send(response, 200, "ok");
  else send(response, status, faults.join("\n"));
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(`${text.trimEnd()}\n`);
}
