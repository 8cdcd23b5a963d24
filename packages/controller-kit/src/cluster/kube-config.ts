import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";

export interface KubeConfigSources {
  /** `--kubeconfig`: only this file is read. */
  kubeconfig?: string | undefined;
  /** `--context`: instead of the file's current one. */
  context?: string | undefined;
  /** The process' environment: `KUBECONFIG`, `KUBERNETES_SERVICE_HOST`, `KUBELESS_TOKEN_FILE_PATH`. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Where `.kube/config` is looked for. */
  homeDirectory?: string | undefined;
}

/** No cluster could be found, or what was named cannot be read; the message says what was looked for. */
export class KubeConfigError extends Error {
  override readonly name = "KubeConfigError";
}

/**
 * Finds the cluster to talk to: the flag's file, `KUBECONFIG` (several files are merged as kubectl does),
 * `~/.kube/config`, the service account of the pod we run in, in this order.
 * In a pod, `KUBELESS_TOKEN_FILE_PATH` names another token file; it is read again when it changes.
 * @throws KubeConfigError when there is none, a file cannot be read, or the context does not exist.
 */
export function loadKubeConfig(sources: KubeConfigSources = {}): KubeConfig {
  const config = loadFrom(sources);
  if (sources.context !== undefined) useContext(config, sources.context);
  if (config.getCurrentCluster() === null) {
    throw new KubeConfigError(
      `The kubeconfig has no current context with a cluster; choose one with --context (there ${describe(config)}).`,
    );
  }
  return config;
}

function loadFrom({ kubeconfig, environment = {}, homeDirectory }: KubeConfigSources): KubeConfig {
  if (kubeconfig !== undefined) return loadFiles([kubeconfig]);
  const named = environment.KUBECONFIG?.split(delimiter).filter((file) => file !== "") ?? [];
  if (named.length > 0) return loadFiles(named);
  const home = homeDirectory === undefined ? undefined : join(homeDirectory, ".kube", "config");
  if (home !== undefined && existsSync(home)) return loadFiles([home]);
  if (environment.KUBERNETES_SERVICE_HOST) return loadInCluster(environment);
  throw new KubeConfigError(
    `No cluster found: KUBECONFIG is not set, ${home ?? "~/.kube/config"} does not exist, and this is not a pod.`,
  );
}

function loadFiles(files: readonly string[]): KubeConfig {
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) throw new KubeConfigError(`The kubeconfig ${files.join(", ")} does not exist.`);
  const configs = present.map(readFile);
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(configs.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(configs.flatMap(({ users }) => users)),
    contexts: firstOfEachName(configs.flatMap(({ contexts }) => contexts)),
    currentContext: configs.map(({ currentContext }) => currentContext).find(Boolean),
  });
  return merged;
}

/** https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files */
function firstOfEachName<Named extends { name: string }>(given: readonly Named[]): Named[] {
  return [...new Map(given.toReversed().map((one) => [one.name, one])).values()].reverse();
}

function readFile(file: string): KubeConfig {
  try {
    const config = new KubeConfig();
    if (readFileSync(file, "utf8").trim() !== "") config.loadFromFile(file);
    return config;
  } catch (error) {
    throw new KubeConfigError(`The kubeconfig ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function loadInCluster(environment: NonNullable<KubeConfigSources["environment"]>): KubeConfig {
  const folder = "/var/run/secrets/kubernetes.io/serviceaccount";
  const host = environment.KUBERNETES_SERVICE_HOST ?? "";
  const port = environment.KUBERNETES_SERVICE_PORT ?? "443";
  const config = new KubeConfig();
  const named = "in-cluster";
  config.loadFromOptions({
    clusters: [
      {
        name: named,
        server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
        caFile: join(folder, "ca.crt"),
        skipTLSVerify: false,
      },
    ],
    users: [
      {
        name: named,
        authProvider: {
          name: "tokenFile",
          config: { tokenFile: environment.KUBELESS_TOKEN_FILE_PATH || join(folder, "token") },
        },
      },
    ],
    contexts: [{ name: named, cluster: named, user: named, namespace: readNamespace(folder) }],
    currentContext: named,
  });
  return config;
}

function readNamespace(folder: string): string {
  const file = join(folder, "namespace");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "default";
}

function useContext(config: KubeConfig, context: string): void {
  if (config.getContextObject(context) === null) {
    throw new KubeConfigError(`There is no context ${JSON.stringify(context)} (there ${describe(config)}).`);
  }
  config.setCurrentContext(context);
}

function describe(config: KubeConfig): string {
  const names = config.getContexts().map((context) => context.name);
  return names.length === 0 ? "are none" : `are: ${names.join(", ")}`;
}
