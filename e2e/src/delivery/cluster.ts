import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crd, functionResource, resources as kinds } from "@kubeless/api-types";
import { type ClusterClient, createClusterClient, loadKubeConfig, resources } from "@kubeless/controller-kit";
import type { Broker } from "./broker.ts";
import type { Fault } from "./fault.ts";
import type { FunctionServer } from "./function-server.ts";
import { untilItSucceeds } from "./until-it-succeeds.ts";

const namespace = "default";
const functionName = "target";
const program = fileURLToPath(
  new URL("./src/bin.ts", import.meta.resolve("@kubeless/local-cluster/package.json")),
);

/** A Kubernetes API in a process of its own, with one trigger and the function that it calls. */
export interface DeliveryCluster {
  readonly kubeconfig: string;
  readonly faults: readonly Fault[];
  /** Says in the function's EndpointSlice whether it can be called. */
  setReady(ready: boolean): Promise<void>;
  /** The trigger as it stands, for whoever looks for a reason. */
  status(): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startDeliveryCluster(
  folder: string,
  broker: Broker,
  target: FunctionServer,
  delivery: object,
): Promise<DeliveryCluster> {
  const kubeconfig = join(folder, "kubeconfig");
  const argv = [
    "--conditions=@kubeless/source",
    program,
    "--data",
    join(folder, "data"),
    "--kubeconfig",
    kubeconfig,
  ];
  let child: ChildProcess;
  const start = async () => {
    child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout as NodeJS.ReadableStream, "data");
  };
  await start();
  const client = createClusterClient({ kubeConfig: loadKubeConfig({ kubeconfig }) });
  await prepare(client, broker, target, delivery);
  const trigger = kinds.find(({ kind }) => kind === broker.kind);

  return {
    kubeconfig,
    faults: [
      {
        name: "the API server was paused",
        lastsMs: 5_000,
        begin: () => void child.kill("SIGSTOP"),
        end: () => void child.kill("SIGCONT"),
      },
      {
        name: "the API server was killed",
        lastsMs: 3_000,
        async begin() {
          child.kill("SIGKILL");
          await once(child, "close");
        },
        end: start,
      },
    ],
    setReady: (ready) =>
      untilItSucceeds(async () => {
        await client.apply(resources.endpointSlices, endpointSlice(target.port, ready));
      }),
    status: async () =>
      trigger && (await client.get({ ...trigger, namespaced: true }, { namespace, name: "delivery" })),
    async stop() {
      await client.close();
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      await once(child, "close");
    },
  };
}

async function prepare(
  client: ClusterClient,
  broker: Broker,
  target: FunctionServer,
  delivery: object,
): Promise<void> {
  for (const kind of kinds) await client.apply(resources.customResourceDefinitions, crd(kind));
  const { apiVersion } = functionResource;
  const labels = { team: "delivery" };
  await client.apply({ ...functionResource, namespaced: true }, {
    apiVersion,
    kind: "Function",
    metadata: { name: functionName, namespace, labels },
    spec: {
      runtime: "nodejs",
      handler: "index.handler",
      function: "served beside the cluster",
      timeout: "3",
    },
  } as never);
  await client.apply(resources.endpointSlices, endpointSlice(target.port, true));
  const names =
    broker.kind === "KinesisTrigger"
      ? { "function-name": functionName }
      : { functionSelector: { matchLabels: labels } };
  const trigger = kinds.find(({ kind }) => kind === broker.kind);
  if (trigger === undefined) throw new Error(`There is no kind ${broker.kind}.`);
  await client.apply({ ...trigger, namespaced: true }, {
    apiVersion,
    kind: broker.kind,
    metadata: { name: "delivery", namespace },
    spec: { ...broker.spec, ...names, delivery },
  } as never);
}

function endpointSlice(port: number, ready: boolean): object {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: functionName,
      namespace,
      labels: { "kubernetes.io/service-name": functionName, "created-by": "kubeless" },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready } }],
    ports: [{ name: "http-function-port", port, protocol: "TCP" }],
  };
}
