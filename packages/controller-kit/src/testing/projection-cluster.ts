import { functionResource } from "@kubeless/api-types";
import { KubeConfig } from "@kubernetes/client-node";
import { type ClusterClient, createClusterClient } from "../cluster/client.ts";
import { resources } from "../cluster/resources.ts";
import type { Projection } from "../projection/projection.ts";
import { createProjectionManager, type ProjectionManager } from "../projection/projection-manager.ts";

export interface ProjectionClusterOptions {
  /** The kind it works on, beside Functions. */
  readonly kind: { crd(): object };
  readonly createProjection: () => Projection<object>;
  /** Starts an empty API server. */
  readonly startServer: () => Promise<{ readonly kubeconfig: string; stop(): Promise<void> }>;
}

/** A Kubernetes API with the Function `hello` in the namespace `default`, and a projection's controller for it. */
export interface ProjectionCluster {
  readonly client: ClusterClient;
  /** Resolves when the controller has begun. One after another may be started; `close` stops those that are not. */
  start(): Promise<ProjectionManager>;
  close(): Promise<void>;
}

export async function openProjectionCluster({
  kind,
  createProjection,
  startServer,
}: ProjectionClusterOptions): Promise<ProjectionCluster> {
  const server = await startServer();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  for (const one of [functionResource, kind])
    await client.apply(resources.customResourceDefinitions, one.crd());
  const metadata = { namespace: "default", name: "hello" };
  const spec = { handler: "a.b", runtime: "nodejs" };
  await client.create({ ...functionResource, namespaced: true }, { metadata, spec } as never);
  const options = { name: "local", identity: "test", client, namespace: "default" };
  const started: ProjectionManager[] = [];
  return {
    client,
    async start() {
      const manager = createProjectionManager({ ...options, projections: [createProjection()] });
      started.push(manager);
      await manager.start();
      return manager;
    },
    async close() {
      for (const manager of started) await manager.stop();
      await client.close();
      await server.stop();
    },
  };
}
