import { type ConditionType, type FunctionObject, functionResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  createProjectionManager,
  type Live,
  type Logger,
  type Resource,
  resources,
} from "@kubeless/controller-kit";
import type { FunctionConfig } from "../config/function-config.ts";
import { createFunctionProjection } from "../function-projection.ts";
import { oldFunction, type WrittenFunction } from "./functions.ts";
import { openPlace, type Place } from "./place.ts";

export const functions: Resource<FunctionObject> = { ...functionResource, namespaced: true };

/** A condition of a Function, by its type. */
export function findCondition({ status }: FunctionObject, type: ConditionType<"Function">) {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** A namespace of a cluster in which a function controller runs, in this process. */
export interface TestCluster {
  readonly client: ClusterClient;
  readonly namespace: string;
  /** Applies a Function; what is left out is as the original CLI wrote it. */
  deploy(written: WrittenFunction): Promise<Live<FunctionObject>>;
  /** Resolves with the first state of a Function that satisfies `isWanted`, told by a watch. */
  until(
    name: string,
    isWanted: (object: Live<FunctionObject>) => boolean,
    timeoutMs?: number,
  ): Promise<Live<FunctionObject>>;
  /** The Function once Ready tells of its newest generation. */
  ready(name: string, timeoutMs?: number): Promise<Live<FunctionObject>>;
  /** Calls a function through its Service; the API server is the way into the cluster. Waits as long as it takes. */
  call(
    name: string,
    body?: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: string }>;
  /** Where the function's Service is reached from inside: an address, so that no name is looked up. */
  addressOf(name: string): Promise<string>;
  image(name: string): string;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface TestClusterOptions {
  /** The controller's configuration, given the image of each of our packages. */
  readonly config: (image: Place["image"]) => FunctionConfig;
  readonly logger?: Logger;
  /** Default true; else `start` does it. */
  readonly isStarted?: boolean;
}

export async function openTestCluster({
  config,
  logger,
  isStarted = true,
}: TestClusterOptions): Promise<TestCluster> {
  const place = await openPlace();
  const client = createClusterClient({ kubeConfig: place.kubeConfig });
  const namespace = `functions-${Math.random().toString(36).slice(2, 8)}`;
  const definition = functionResource.crd();
  const isInstalled = await client.find(resources.customResourceDefinitions, {
    name: definition.metadata.name,
  });
  if (isInstalled === undefined) await client.apply(resources.customResourceDefinitions, definition);
  await client.create(resources.namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  const understood = config(place.image);
  const projection = createFunctionProjection({
    config: { namespace, name: "kubeless-config" },
    readConfig: () => understood,
  });
  const name = "function-controller";
  const manager = createProjectionManager({
    name,
    identity: "test",
    client,
    projections: [projection],
    namespace,
    logger,
  });
  if (isStarted) await manager.start();

  const until: TestCluster["until"] = async (name, isWanted, timeoutMs = 25_000) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fieldSelector = `metadata.name=${name}`;
    let latest: Live<FunctionObject> | undefined;
    try {
      for (;;) {
        const { items, resourceVersion } = await client.list(functions, { namespace, fieldSelector, signal });
        [latest] = items;
        if (latest !== undefined && isWanted(latest)) return latest;
        for await (const event of client.watch(functions, {
          namespace,
          fieldSelector,
          resourceVersion,
          signal,
        })) {
          if (event.type === "BOOKMARK") continue;
          latest = event.object;
          if (isWanted(latest)) return latest;
        }
      }
    } catch (cause) {
      const status = JSON.stringify(latest?.status, null, 1);
      throw new Error(`${name} did not become what was waited for; its status: ${status}`, { cause });
    }
  };

  return {
    client,
    namespace,
    start: manager.start,
    image: place.image,
    addressOf: async (name) => {
      const { spec } = await client.get(resources.services, { namespace, name });
      return `http://${spec?.clusterIP}:${spec?.ports?.[0]?.port}/`;
    },
    until,
    deploy: async (written) => {
      const { apiVersion, kind, metadata, spec } = oldFunction(written);
      const { name, labels, annotations } = metadata;
      const object = { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec };
      const known = await client.find(functions, { namespace, name });
      if (known === undefined) return await client.create(functions, object as FunctionObject);
      return await client.patch(functions, { namespace, name }, { spec });
    },
    ready: (name, timeoutMs) =>
      until(
        name,
        (object) => {
          const ready = findCondition(object, "Ready");
          return ready?.status === "True" && ready.observedGeneration === object.metadata.generation;
        },
        timeoutMs,
      ),
    call: async (name, body, headers) => {
      const path = `/api/v1/namespaces/${namespace}/services/${name}:http-function-port/proxy/`;
      const method = body === undefined ? "GET" : "POST";
      const answer = await client.request(path, { method, body, headers, headersTimeoutMs: 0 });
      return { status: answer.status, body: await answer.body.text() };
    },
    close: async () => {
      await manager.stop();
      await client.delete(resources.namespaces, { name: namespace });
      await client.close();
      await place.close();
    },
  };
}
