import { randomBytes } from "node:crypto";
import { functionResource } from "@kubeless/api-types";
import { KubeConfig } from "@kubernetes/client-node";
import { type ClusterClient, createClusterClient } from "../cluster/client.ts";
import { loadKubeConfig } from "../cluster/kube-config.ts";
import { resources } from "../cluster/resources.ts";
import type { Projection } from "../projection/projection.ts";
import { createProjectionManager, type ProjectionManager } from "../projection/projection-manager.ts";
import { serveDefinitions } from "./serve-definitions.ts";

export interface ProjectionClusterOptions {
  /** The kind it works on, beside Functions. */
  readonly kind: { crd(): object };
  readonly createProjection: (namespace: string) => Projection<object>;
  /** Starts an empty API server. */
  readonly startServer: () => Promise<{ readonly kubeconfig: string; stop(): Promise<void> }>;
  /** The file of a Kubernetes to use instead, in a namespace that ends with `close`. */
  readonly kubeconfig?: string | undefined;
}

/** A Kubernetes API with the Function `hello` in a namespace, and a projection's controller for it. */
export interface ProjectionCluster {
  readonly client: ClusterClient;
  /** `default`, unless the Kubernetes is not the test's own. */
  readonly namespace: string;
  /** Resolves when the controller has begun. One after another may be started; `close` stops those that are not. */
  start(): Promise<ProjectionManager>;
  close(): Promise<void>;
}

export async function openProjectionCluster({
  kind,
  createProjection,
  startServer,
  kubeconfig,
}: ProjectionClusterOptions): Promise<ProjectionCluster> {
  const server = kubeconfig === undefined ? await startServer() : undefined;
  const client = createClusterClient({ kubeConfig: toKubeConfig(kubeconfig, server?.kubeconfig) });
  const namespace = server === undefined ? `test-${randomBytes(4).toString("hex")}` : "default";
  if (server === undefined) await client.create(resources.namespaces, { metadata: { name: namespace } });
  await serveDefinitions(client, [functionResource.crd(), kind.crd()]);
  const spec = { handler: "a.b", runtime: "nodejs" };
  const hello = { metadata: { namespace, name: "hello" }, spec };
  await client.create({ ...functionResource, namespaced: true }, hello as never);
  const options = { name: "local", identity: "test", client, namespace };
  const started: ProjectionManager[] = [];
  return {
    client,
    namespace,
    async start() {
      const manager = createProjectionManager({ ...options, projections: [createProjection(namespace)] });
      started.push(manager);
      await manager.start();
      return manager;
    },
    async close() {
      for (const manager of started) await manager.stop();
      if (server === undefined) await client.delete(resources.namespaces, { name: namespace });
      await client.close();
      await server?.stop();
    },
  };
}

function toKubeConfig(file: string | undefined, text = ""): KubeConfig {
  if (file !== undefined) return loadKubeConfig({ kubeconfig: file });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(text);
  return kubeConfig;
}
