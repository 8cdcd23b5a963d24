import type { Served } from "../kinds/registry.ts";
import type { Service } from "../request/context.ts";
import { destinationOf, dial } from "./proxy.ts";
import type { Upgrade } from "./upgrade.ts";

/** Passes an upgrade (a WebSocket to a pod, say) through as it came, without the cluster's own credentials. */
export async function proxyUpgrade(
  service: Service,
  { request, socket, head, info }: Upgrade,
  served: Served,
): Promise<void> {
  const destination = destinationOf(service, served, info);
  const backend = await dial(service, destination);
  const query = request.url?.includes("?") ? request.url.slice(request.url.indexOf("?")) : "";
  const headers = Object.entries(request.headers)
    .filter(([name]) => name !== "authorization" && name !== "host")
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one}`));
  const lines = [
    `GET ${info.rest || "/"}${query} HTTP/1.1`,
    `host: ${destination.pod}:${destination.port}`,
    ...headers,
  ];
  backend.write(`${lines.join("\r\n")}\r\n\r\n`);
  backend.write(head);
  backend.on("error", () => socket.destroy());
  socket.on("error", () => backend.destroy());
  backend.pipe(socket);
  socket.pipe(backend);
}
