import { createServer } from "node:net";
import type { KubeObject } from "../api/cluster-api.ts";

/**
 * Where a pod's ports really are.
 *
 * Pods share one loopback address, so two of them cannot both have port 8080. Each port a pod listens on gets a free
 * loopback port, and the pod says so in an annotation of its own:
 *
 *     metadata:
 *       annotations:
 *         local-cluster/ports: '{"8080":21734}'
 *
 * The key is the port the pod's spec (or the program) speaks of, the value is the port on 127.0.0.1 that a connection
 * must go to. Ports in `containerPort` are there before the first container starts; others appear when a Node program
 * listens on them. A port that is missing is where its number says. EndpointSlices publish the real ports, so pods
 * with different ones stand in slices of their own.
 */
export const portsAnnotation = "local-cluster/ports";

/** The pod's port → the loopback port it really is; empty when the annotation is absent or damaged. */
export function readPorts(pod: KubeObject): ReadonlyMap<number, number> {
  const text = pod.metadata.annotations?.[portsAnnotation];
  if (text === undefined) return new Map();
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return new Map(
      entries.flatMap(([port, real]) => (typeof real === "number" ? [[Number(port), real]] : [])),
    );
  } catch {
    return new Map();
  }
}

const firstPort = 20_000;
const lastPort = 31_999;

/** Hands out loopback ports below the range from which outgoing connections take theirs, each once until released. */
export class PortPool {
  readonly #taken = new Set<number>();

  async take(): Promise<number> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1));
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      if (await isFree(port)) return port;
      this.#taken.delete(port);
    }
    throw new Error(
      `no free port on 127.0.0.1 between ${firstPort} and ${lastPort}; end some programs and try again`,
    );
  }

  release(ports: Iterable<number>): void {
    for (const port of ports) this.#taken.delete(port);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
