import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock, ClusterApi } from "../api/cluster-api.ts";
import { installPreload, routesFile } from "../router/preload-file.ts";
import type { LogLimits } from "./log-file.ts";
import type { ImageEntry } from "./node-agent.ts";
import { readNodeFacts } from "./node-object.ts";
import type { NodeContext, RestartBackOff } from "./pod-context.ts";
import { ProcessTable } from "./processes.ts";
import type { TokenRequest } from "./volume-files.ts";

export interface NodeOptions {
  /** What image names mean on this machine; the first match counts. */
  readonly images: readonly ImageEntry[];
  /** Where pods' files, logs and the list of living processes are kept. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly apiServer: { readonly host: string; readonly port: number };
  /** A token with which a pod speaks to the API server as its service account. */
  issueToken(request: TokenRequest): string;
  /** The Node object's name; "local" by default. */
  readonly nodeName?: string;
  /** What the Node object shows as its kubelet's version. */
  readonly version?: string;
  /** Where pods find programs by name; the running Node's own folder and the system's by default. */
  readonly path?: string;
  /** 10 s to 5 min by default, as the kubelet. */
  readonly restartBackOff?: Partial<RestartBackOff>;
  /** How long pods get to end when the node stops, whatever their own grace period is; 10 s by default. */
  readonly stopGraceMs?: number;
  /** 10 MiB in each of 5 files by default, as the kubelet. */
  readonly logLimits?: Partial<LogLimits>;
  /** Told of faults that concern no single pod; nothing is written anywhere by default. */
  readonly onFault?: (error: unknown) => void;
}

export function createNodeContext(api: ClusterApi, options: NodeOptions, name: string): NodeContext {
  const { apiServer, clock, dataDir, images } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = options.path ?? [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":");
  return {
    api,
    clock,
    images,
    node: readNodeFacts(name),
    processes: new ProcessTable(join(dataDir, "processes")),
    logLimits: { maxBytes: 10 * 2 ** 20, maxFiles: 5, ...options.logLimits },
    backOff: { initialMs: 10_000, maxMs: 300_000, resetAfterMs: 600_000, ...options.restartBackOff },
    environment: {
      PATH: path,
      KUBERNETES_SERVICE_HOST: apiServer.host,
      KUBERNETES_SERVICE_PORT: String(apiServer.port),
      KUBERNETES_SERVICE_PORT_HTTPS: String(apiServer.port),
      KUBERNETES_PORT: `tcp://${apiServer.host}:${apiServer.port}`,
      LOCAL_CLUSTER_PID: String(process.pid),
      LOCAL_CLUSTER_ROUTES: routesFile(dataDir),
    },
    preload: installPreload(dataDir),
    onFault: options.onFault ?? (() => {}),
  };
}
