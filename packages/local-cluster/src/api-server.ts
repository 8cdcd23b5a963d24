import { randomBytes } from "node:crypto";
import type { AddressInfo, Socket } from "node:net";
import type { Clock, ClusterApi } from "./api/cluster-api.ts";
import { createClusterApi } from "./api/in-process.ts";
import { type Certificates, createCertificates } from "./certificates/certificates.ts";
import { startDefinitionCleanup } from "./crd/cleanup.ts";
import { serve } from "./crd/strategy.ts";
import { loadBuiltinSchemas } from "./kinds/builtin-schemas.ts";
import { builtinResources } from "./kinds/builtins.ts";
import { builtinDefaults } from "./kinds/defaults.ts";
import { createRegistry } from "./kinds/registry.ts";
import type { Draft } from "./kinds/resource.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import { createSerializer } from "./negotiation/serializer.ts";
import type { NodeAgent } from "./node/node-agent.ts";
import type { Cluster, Logger } from "./pipeline/cluster.ts";
import { type ChaosOptions, createChaos } from "./request/chaos.ts";
import { createPages } from "./request/list.ts";
import { createApiServer } from "./request/server.ts";
import type { SavedState } from "./store/journal.ts";
import { createStore } from "./store/store.ts";
import { issueToken, type TokenWish } from "./subresources/token-request.ts";
import { createTokenIssuer } from "./subresources/tokens.ts";

/** What `kubectl version` shows of the server. */
export const gitVersion = "v1.34.0+local";

export interface RunApiServerOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly name: string;
  /** Where state is kept; in memory only without it. */
  readonly state?: SavedState | undefined;
  readonly port: number;
  readonly token?: string | undefined;
  readonly certificates?: Certificates | undefined;
  readonly tokenKey?: Buffer | undefined;
  readonly chaos?: ChaosOptions | undefined;
  readonly historyLimit: number;
}

export interface RunningApiServer {
  /** The text of a kubeconfig for the administrator. */
  readonly kubeconfig: string;
  readonly server: string;
  readonly port: number;
  /** The API for a part of this process that writes under this name. */
  api(manager: string): ClusterApi;
  issueToken(wish: TokenWish): { token: string; expirationTimestamp: string };
  useNode(node: NodeAgent): void;
  stop(): Promise<void>;
}

/** Serves the Kubernetes API on a loopback port: no controllers, no node. */
export async function runApiServer(options: RunApiServerOptions): Promise<RunningApiServer> {
  const { clock, log, state } = options;
  const certificates = options.certificates ?? createCertificates();
  const adminToken = options.token ?? randomBytes(24).toString("base64url");
  const schemas = loadBuiltinSchemas();
  const registry = createRegistry(builtinResources(schemas));
  const store = createStore({
    startRevision: state?.revision ?? clock.now(),
    historyLimit: options.historyLimit,
    ...(state === undefined ? {} : { onCommit: (commit) => state.append(commit) }),
  });
  const cluster: Cluster = {
    registry,
    store,
    schemas,
    clock,
    log,
    defaults: builtinDefaults(schemas),
    tokens: createTokenIssuer(options.tokenKey),
    authority: certificates.authority,
    node: undefined,
  };
  for (const { resource, key, object } of state?.objects() ?? []) {
    store.load(resource, key, object);
    if (resource === "customresourcedefinitions.apiextensions.k8s.io")
      serve(object as unknown as Draft, cluster);
  }
  furnish(cluster);
  const cleanup = startDefinitionCleanup(createClusterApi(cluster, "kube-apiserver"), {
    clock,
    onFault: (err) => log.error({ err }, "a definition's objects could not be deleted"),
  });
  const service = {
    cluster,
    registry,
    serializer: createSerializer(),
    pages: createPages(),
    chaos: createChaos(options.chaos),
    gitVersion,
  };
  const server = createApiServer(service, { ...certificates, adminToken });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  return {
    kubeconfig: renderKubeconfig({
      name: options.name,
      server: url,
      authority: certificates.authority,
      token: adminToken,
    }),
    server: url,
    port,
    api: (manager) => createClusterApi(cluster, manager),
    issueToken: (wish) => issueToken(cluster, wish),
    useNode: (node) => {
      cluster.node = node;
    },
    async stop() {
      cleanup.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      state?.close();
    },
  };
}

const namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** The namespaces every cluster has. */
function furnish(cluster: Cluster): void {
  const api = createClusterApi(cluster, "kube-apiserver");
  for (const name of namespaces) {
    if (api.get("namespaces", undefined, name) === undefined)
      api.create("namespaces", { metadata: { name } });
  }
}
