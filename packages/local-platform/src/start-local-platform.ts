import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createClusterClient, createLogger, type Logger, loadKubeConfig } from "@kubeless/controller-kit";
import { startCluster } from "@kubeless/local-cluster";
import { createControllers } from "./controllers.ts";
import { createEventTriggers } from "./event-triggers.ts";
import { localImages } from "./images.ts";
import { install } from "./install.ts";
import { readVersion } from "./version.ts";

export interface StartLocalPlatformOptions {
  /** Where everything is kept, state, logs and kubeconfig: mode 0700. */
  readonly directory: string;
  /** Loopback ports of the ingress router; free ones by default. */
  readonly ingressPorts?: { readonly httpPort?: number; readonly httpsPort?: number } | undefined;
  /**
   * The user's environment: its proxy, certificate and registry settings reach functions, and its PATH says which npm
   * installs dependencies. Nothing by default.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Default: to `controllers.log` in the directory. */
  readonly logger?: Logger | undefined;
}

export interface LocalPlatform {
  /** A kubeconfig file with all rights on the local cluster, mode 0600. */
  readonly kubeconfigPath: string;
  /** The context in it. */
  readonly context: string;
  /** The API server's address: `https://127.0.0.1:<port>`. */
  readonly server: string;
  /** Where HTTP triggers are served: `http://127.0.0.1:<port>`. */
  readonly ingress: string;
  /** The same with TLS: `https://127.0.0.1:<port>`. */
  readonly secureIngress: string;
  /** Ends controllers, functions and cluster; resolves when no process is left. */
  stop(): Promise<void>;
}

const name = "kubeless-local";

/**
 * Functions with their triggers on this machine: a local cluster, and every controller of Kubeless in it, in this one
 * process; functions are child processes with this user's rights. Resolves when it takes functions. Rejects when another
 * platform lives in the directory, or a port is taken.
 */
export async function startLocalPlatform(options: StartLocalPlatformOptions): Promise<LocalPlatform> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const logger =
    options.logger ??
    createLogger({
      destination: createWriteStream(join(directory, "controllers.log"), { flags: "a", mode: 0o600 }),
    });
  const kubeconfigPath = join(directory, "kubeconfig");
  const version = readVersion();
  const cluster = await startCluster({
    name,
    images: localImages(options.environment ?? {}),
    dataDir: join(directory, "cluster"),
    kubeconfigPath,
    log: logger,
    ...(options.ingressPorts === undefined ? {} : { ingress: options.ingressPorts }),
  });
  const kubeConfig = loadKubeConfig({ kubeconfig: kubeconfigPath });
  const client = createClusterClient({ kubeConfig, userAgent: "kubeless-local" });
  const controllers = [
    createControllers(client, version, logger),
    ...createEventTriggers({ client, environment: options.environment ?? {}, logger }),
  ];
  const stop = async () => {
    await Promise.all(controllers.map((controller) => controller.stop()));
    await client.close();
    await cluster.stop();
  };
  try {
    await install(client, version);
    await Promise.all(controllers.map((controller) => controller.start()));
    const { httpPort, httpsPort } = cluster.ingress;
    return {
      kubeconfigPath,
      context: kubeConfig.currentContext,
      server: cluster.server,
      ingress: `http://127.0.0.1:${httpPort}`,
      secureIngress: `https://127.0.0.1:${httpsPort}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
