import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "./api/cluster-api.ts";
import { gitVersion, type RunningApiServer, runApiServer } from "./api-server.ts";
import { createCertificates } from "./certificates/certificates.ts";
import { systemClock } from "./clock.ts";
import { startControllers } from "./controllers/index.ts";
import { loadIdentity, lockFolder } from "./data-folder.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { startNode } from "./node/index.ts";
import type { ImageEntry, NodeAgent } from "./node/node-agent.ts";
import type { Logger } from "./pipeline/cluster.ts";
import { startRouters } from "./router/index.ts";
import { openJournal } from "./store/journal.ts";

export interface StartClusterOptions {
  /** What an image name means on this machine; the first match counts. */
  readonly images: readonly ImageEntry[];
  /** Where the cluster keeps its state over restarts, mode 0700; without it everything is forgotten at the end. */
  readonly dataDir?: string;
  /** The API's loopback port; a free one by default, with `dataDir` the one of the last run. */
  readonly port?: number;
  /** The ingress router's loopback ports; free ones by default. */
  readonly ingress?: { readonly httpPort?: number; readonly httpsPort?: number };
  /** The cluster's name in its kubeconfig; `local-cluster` by default. */
  readonly name?: string;
  /** Written when the cluster serves, mode 0600. */
  readonly kubeconfigPath?: string;
  readonly clock?: Clock;
  /** Nothing is logged by default. */
  readonly log?: Logger;
}

export interface RunningCluster {
  /** The text of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  /** The API's address. */
  readonly server: string;
  /** Where the ingress router listens on 127.0.0.1. */
  readonly ingress: { readonly httpPort: number; readonly httpsPort: number };
  /** Ends every pod, then the API; resolves when no process is left. */
  stop(): Promise<void>;
}

/**
 * Starts a Kubernetes cluster in this process: API server, controllers, a node that runs pods as processes with the
 * user's own rights, and routers for Services and Ingresses. Loopback only. Throws when a port is taken or another
 * cluster lives in `dataDir`.
 */
export async function startCluster(options: StartClusterOptions): Promise<RunningCluster> {
  const { clock = systemClock(), log = silent, name = "local-cluster" } = options;
  const folder = options.dataDir ?? mkdtempSync(join(tmpdir(), "local-cluster-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(folder);
  const ends: (() => unknown)[] = [() => cleanUp(options.dataDir, folder, unlock)];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const server = await serveApi(options, folder, { clock, log, name });
    ends.push(() => server.stop());
    const running = await startParts(options, server, folder, { clock, log }, ends);
    if (options.kubeconfigPath !== undefined) writeKubeconfig(options.kubeconfigPath, server.kubeconfig);
    return { kubeconfig: server.kubeconfig, server: server.server, ingress: running.ingress, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts {
  readonly clock: Clock;
  readonly log: Logger;
}

async function serveApi(
  options: StartClusterOptions,
  folder: string,
  parts: Parts & { name: string },
): Promise<RunningApiServer> {
  const { dataDir, port } = options;
  if (dataDir === undefined) return runApiServer({ ...parts, port: port ?? 0, historyLimit });
  const identity = await loadIdentity(folder, async () => ({
    token: randomBytes(24).toString("base64url"),
    tokenKey: randomBytes(32).toString("base64"),
    certificates: createCertificates(),
  }));
  const state = openJournal({
    folder: join(folder, "state"),
    warn: (message) => parts.log.warn({ folder }, message),
  });
  const common = {
    ...parts,
    state,
    historyLimit,
    token: identity.token,
    certificates: identity.certificates,
    tokenKey: Buffer.from(identity.tokenKey, "base64"),
  };
  const server = await runApiServer({ ...common, port: port ?? identity.port ?? 0 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (port !== undefined || error.code !== "EADDRINUSE") throw error;
      return runApiServer({ ...common, port: 0 });
    },
  );
  identity.rememberPort(server.port);
  return server;
}

const historyLimit = 1000;

/** Controllers before the node, so that no pod's end goes unseen; routers last, as they publish what runs. */
async function startParts(
  options: StartClusterOptions,
  server: RunningApiServer,
  folder: string,
  { clock, log }: Parts,
  ends: (() => unknown)[],
): Promise<{ ingress: RunningCluster["ingress"] }> {
  const onFault = (err: unknown) => log.error({ err }, "a part of the cluster failed");
  let node: NodeAgent | undefined;
  const controllers = startControllers(server.api("kube-controller-manager"), {
    clock,
    onFault,
    usage: () => node?.usage() ?? [],
  });
  ends.push(() => controllers.stop());
  const agent = startNode(server.api("kubelet"), {
    images: options.images,
    dataDir: join(folder, "node"),
    clock,
    apiServer: { host: "127.0.0.1", port: server.port },
    version: gitVersion,
    onFault,
    issueToken: (wish) => server.issueToken(wish).token,
  });
  node = agent;
  server.useNode(agent);
  ends.push(() => agent.stop());
  const routers = await startRouters(server.api("local-router"), {
    dataDir: join(folder, "node"),
    clock,
    onFault,
    ingress: { httpPort: 0, httpsPort: 0, ...options.ingress },
  });
  ends.push(() => routers.stop());
  return { ingress: routers.ingress };
}

function cleanUp(dataDir: string | undefined, folder: string, unlock: () => void): void {
  unlock();
  if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
}

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
