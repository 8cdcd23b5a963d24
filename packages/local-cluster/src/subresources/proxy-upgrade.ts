import type { Served } from "../kinds/registry.ts";
import type { Service } from "../request/context.ts";
import { destinationOf, dial } from "./proxy.ts";
import type { Upgrade } from "./upgrade.ts";

/**
 * Passes an upgrade (a WebSocket to a pod, say) through, without the cluster's own credentials and, as kube-apiserver
 * does it, without the query.
 */
export async function proxyUpgrade(
  service: Service,
  { request, socket, head, info }: Upgrade,
  served: Served,
): Promise<void> {
  const destination = destinationOf(service, served, info);
  const backend = await dial(service, destination);
  const headers = Object.entries(request.headers)
    .filter(([name]) => name !== "authorization" && name !== "host")
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one}`));
  const lines = [
    `${request.method} ${info.rest || "/"} HTTP/1.1`,
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
