import { CREATED_BY, FUNCTION_PORT_NAME, functionResource, labels } from "@kubeless/api-types";
import {
  type ClusterClient,
  type Condition,
  createClusterClient,
  findCondition,
  type Resource,
  resources,
  silentLogger,
} from "@kubeless/controller-kit";
import { KubeConfig } from "@kubernetes/client-node";
import { createTriggerManager, type TriggerManagerOptions } from "../trigger/create-trigger-manager.ts";
import type { TriggerSpec } from "../trigger/trigger-kind.ts";
import type { ServedFunction } from "./serve-function.ts";

const namespace = "default";
const functions: Resource = { ...functionResource, namespaced: true };

export interface TriggerClusterOptions<Spec extends TriggerSpec, Config>
  extends Pick<TriggerManagerOptions<Spec, Config>, "name" | "kind" | "source" | "config"> {
  /** The CustomResourceDefinition of the trigger's kind. */
  readonly definition: object;
  /** Starts an empty API server. */
  readonly startServer: () => Promise<{ readonly kubeconfig: string; stop(): Promise<void> }>;
}

/** A Kubernetes API with a trigger controller at work on it; everything is in the namespace `default`. */
export interface TriggerCluster {
  readonly client: ClusterClient;
  /** A Function, and the endpoint where it is served; without one it has no ready pod. */
  deploy(
    name: string,
    labels: Readonly<Record<string, string>>,
    target: Pick<ServedFunction, "endpoint"> | undefined,
  ): Promise<void>;
  /** Makes the function of this name callable there. */
  serve(name: string, target: Pick<ServedFunction, "endpoint">): Promise<void>;
  relabel(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** A trigger of the kind. */
  create(name: string, spec: object, finalizers?: readonly string[]): Promise<void>;
  /** The trigger's condition Ready, as it stands. */
  ready(name: string): Promise<Condition | undefined>;
  close(): Promise<void>;
}

export async function openTriggerCluster<Spec extends TriggerSpec, Config>(
  options: TriggerClusterOptions<Spec, Config>,
): Promise<TriggerCluster> {
  const { kind, definition, startServer } = options;
  const server = await startServer();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  for (const one of [functionResource.crd(), definition])
    await client.apply(resources.customResourceDefinitions, one);
  const manager = createTriggerManager({ ...options, identity: "test", client, logger: silentLogger });
  await manager.start();

  const serve: TriggerCluster["serve"] = async (name, target) => {
    await client.apply(resources.endpointSlices, readySlice({ namespace, name }, target.endpoint));
  };
  return {
    client,
    serve,
    async deploy(name, labels, target) {
      const spec = { runtime: "nodejs", handler: "a.b", function: "x" };
      await client.create(functions, { metadata: { name, namespace, labels }, spec } as never);
      if (target !== undefined) await serve(name, target);
    },
    async relabel(name, labels) {
      await client.patch(functions, { namespace, name }, { metadata: { labels } });
    },
    async create(name, spec, finalizers = []) {
      await client.create(kind.resource, { metadata: { name, namespace, finalizers }, spec } as never);
    },
    async ready(name) {
      const trigger = await client.get(kind.resource, { namespace, name });
      return findCondition(trigger as { status?: { conditions?: readonly Condition[] } }, "Ready");
    },
    async close() {
      await manager.stop();
      await client.close();
      await server.stop();
    },
  };
}

/** Says that a function has one ready pod, which answers there. */
export function readySlice(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { host, port }: ServedFunction["endpoint"],
): object {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace,
      labels: { "kubernetes.io/service-name": name, [labels.createdBy]: CREATED_BY },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
    ports: [{ name: FUNCTION_PORT_NAME, port, protocol: "TCP" }],
  };
}
