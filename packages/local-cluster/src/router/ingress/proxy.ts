import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import type { Endpoint } from "../endpoints.ts";

/** Headers that concern one connection only: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

export interface Forwarded {
  readonly path: string;
  readonly protocol: "http" | "https";
  readonly port: number;
  /** Added to the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

export function createProxyAgent(): Agent {
  return new Agent({ keepAlive: true, keepAliveMsecs: 1_000, maxFreeSockets: 64 });
}

/**
 * Passes a request on to the first endpoint that takes the connection and its answer back. Resolves true when an answer
 * has begun, false when no endpoint took it.
 */
export async function proxyRequest(
  agent: Agent,
  endpoints: readonly Endpoint[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  forwarded: Forwarded,
): Promise<boolean> {
  for (const endpoint of endpoints) {
    const outcome = await tryEndpoint(agent, endpoint, incoming, outgoing, forwarded);
    if (outcome === "answered") return true;
  }
  return false;
}

/** Passes an upgrade on and joins both sides; from then on nothing is looked at. */
export function proxyUpgrade(
  endpoint: Endpoint,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  forwarded: Forwarded,
): void {
  const { connection = "Upgrade", upgrade = "" } = incoming.headers;
  const headers = { ...requestHeaders(incoming, forwarded), connection, upgrade };
  const outgoing = request({
    ...endpoint,
    method: incoming.method,
    path: forwarded.path,
    headers,
    agent: false,
  });
  const fail = () => socket.end("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  socket.on("error", () => outgoing.destroy());
  outgoing.once("error", fail);
  outgoing.once("upgrade", (answer, target: Socket, rest) => {
    socket.write(rawHead(answer));
    socket.write(rest);
    target.write(head);
    pipeline(socket, target, () => {});
    pipeline(target, socket, () => {});
  });
  outgoing.once("response", (answer) => {
    socket.write(rawHead(answer));
    pipeline(answer, socket, () => {});
  });
  outgoing.end();
}

function tryEndpoint(
  agent: Agent,
  endpoint: Endpoint,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  forwarded: Forwarded,
): Promise<"answered" | "refused"> {
  return new Promise((resolve) => {
    const headers = requestHeaders(incoming, forwarded);
    const call = request({ ...endpoint, method: incoming.method, path: forwarded.path, headers, agent });
    call.once("response", (answer) => {
      resolve("answered");
      outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, {
        ...endToEnd(answer.headers),
        ...forwarded.headers,
      });
      pipeline(answer, outgoing, () => {});
    });
    call.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") return resolve("refused");
      resolve("answered");
      if (outgoing.headersSent) outgoing.destroy();
      else
        outgoing
          .writeHead(502, { "Content-Type": "text/plain" })
          .end("502 Bad Gateway: the backend closed the connection\n");
    });
    outgoing.once("close", () => call.destroy());
    call.once("socket", (socket) => {
      const send = () => incoming.pipe(call);
      if (socket.connecting) socket.once("connect", send);
      else send();
    });
  });
}

function requestHeaders(
  incoming: IncomingMessage,
  { protocol, port }: Forwarded,
): Record<string, string | string[]> {
  const { host = "" } = incoming.headers;
  return {
    ...endToEnd(incoming.headers),
    "x-forwarded-for": incoming.socket.remoteAddress ?? "127.0.0.1",
    "x-forwarded-host": host,
    "x-forwarded-port": String(port),
    "x-forwarded-proto": protocol,
    "x-real-ip": incoming.socket.remoteAddress ?? "127.0.0.1",
  };
}

function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = String(headers.connection ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const entries = Object.entries(headers).filter(
    ([name]) => !hopByHop.includes(name) && !named.includes(name),
  );
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function rawHead({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
