import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { KubeConfig } from "@kubernetes/client-node";
import type { ClusterClient } from "../cluster/client.ts";
import { readAccess } from "./access.ts";
import { passOn } from "./pass-on.ts";
import { type AnyRole, createPermissions, type Permissions } from "./permissions.ts";

export interface RoleGuardOptions {
  /** Leads to the API server that does the work. */
  upstream: ClusterClient;
  /** What whoever comes through the guard may do; everything else is answered with 403. */
  roles: readonly AnyRole[];
}

/**
 * An API server that grants exactly what some roles grant, in front of any other one: a controller that works through
 * it has all the permissions it needs, and after a suite that makes it do everything, `unused` tells the ones it does
 * not.
 */
export interface RoleGuard extends Pick<Permissions, "missing" | "unused"> {
  /** Leads to the guard; `exportConfig()` is a kubeconfig for a process of its own. */
  readonly kubeConfig: KubeConfig;
  close(): Promise<void>;
}

/** Listens on a free loopback port. */
export async function openRoleGuard({ upstream, roles }: RoleGuardOptions): Promise<RoleGuard> {
  const permissions = createPermissions(roles);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const access = readAccess(request.method ?? "GET", request.url ?? "/");
    if (access !== undefined && !permissions.allows(access)) return refuse(response);
    const { body } = await passOn(upstream, request, response);
    await pipeline(body, response);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const kubeConfig = new KubeConfig();
  const { port } = server.address() as AddressInfo;
  kubeConfig.loadFromClusterAndUser(
    { name: "role-guard", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: "guarded" },
  );
  return {
    kubeConfig,
    missing: permissions.missing,
    unused: permissions.unused,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function refuse(response: ServerResponse): void {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Forbidden", code: 403 };
  const message = "The roles in the manifests do not grant this.";
  response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ ...status, message }));
}
