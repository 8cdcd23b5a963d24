import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { handleDiscovery } from "../discovery/handler.ts";
import { StatusError, unknownPath } from "../errors.ts";
import { negotiate } from "../negotiation/accept.ts";
import { handleUpgrade } from "../subresources/upgrade.ts";
import { assertLocal, authenticate } from "./authentication.ts";
import { type Exchange, type Service, sendJson, sendText } from "./context.ts";
import { answerHealth } from "./health.ts";
import { parseRequest } from "./request-info.ts";
import { handleResource } from "./resource-handler.ts";
import { versionInfo } from "./version.ts";

export interface ServerOptions {
  readonly key: string;
  readonly certificate: string;
  readonly adminToken: string;
}

/** The HTTPS front: only loopback, only with a token, every failure a Status. */
export function createApiServer(service: Service, options: ServerOptions): Server {
  const server = createServer(
    { key: options.key, cert: options.certificate, ALPNProtocols: ["http/1.1"] },
    (request, response) => {
      const warnings: string[] = [];
      answer(service, options, request, response, warnings).catch((error: unknown) =>
        fail(service, request, response, error, warnings),
      );
    },
  );
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrade(service, options, request, socket, head).catch((error: unknown) => refuse(socket, error));
  });
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 120_000;
  return server;
}

async function answer(
  service: Service,
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  warnings: string[],
): Promise<void> {
  const url = request.url ?? "/";
  assertLocal(request);
  if (isOpen(service, url, response)) return;
  const identity = authenticate(request, service.cluster, options.adminToken);
  if (answerHealth(url, response)) return;
  const info = parseRequest(request.method ?? "GET", url);
  if (info === undefined) {
    await handleDiscovery(service, request, response, url);
    return;
  }
  const delay = service.chaos.delayMs();
  if (delay > 0) await wait(delay);
  const isWatch = info.query.get("watch") === "true";
  service.chaos.meet(info.method, isWatch, info.query.has("resourceVersion"));
  const isProxy = info.subresource === "proxy" || info.subresource === "log";
  const accepted = negotiate(isProxy ? undefined : request.headers.accept);
  const exchange: Exchange = { request, response, info, identity, accepted, warnings };
  await handleResource(service, exchange);
}

/** What anybody may read. */
function isOpen(service: Service, url: string, response: ServerResponse): boolean {
  const path = url.split("?")[0];
  if (path === "/livez") answerHealth(url, response);
  else if (path === "/version") sendJson(response, 200, versionInfo(service.gitVersion));
  else return false;
  return true;
}

async function upgrade(
  service: Service,
  options: ServerOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  assertLocal(request);
  const identity = authenticate(request, service.cluster, options.adminToken);
  const info = parseRequest(request.method ?? "GET", request.url ?? "/");
  if (info === undefined) throw unknownPath();
  await handleUpgrade(service, { request, socket, head, info, identity });
}

function fail(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  warnings: readonly string[],
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = error instanceof StatusError ? error : undefined;
  if (known === undefined) {
    service.cluster.log.error(
      { err: error, method: request.method, path: request.url?.split("?")[0] },
      "request failed",
    );
  }
  const status =
    known ?? new StatusError("InternalError", `Internal error occurred: ${(error as Error).message}`);
  const retry = status.details?.retryAfterSeconds;
  if (retry !== undefined) response.setHeader("retry-after", String(retry));
  request.resume();
  sendText(response, status.code, JSON.stringify(status.toStatus()), warnings);
}

function refuse(socket: Duplex, error: unknown): void {
  const status =
    error instanceof StatusError ? error : new StatusError("InternalError", (error as Error).message);
  const body = JSON.stringify(status.toStatus());
  socket.end(
    `HTTP/1.1 ${status.code} ${status.reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
