import { deepStrictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { functionResource } from "@kubeless/api-types";
import { KubeConfig } from "@kubernetes/client-node";
import { type ClusterClient, createClusterClient } from "../cluster/client.ts";
import { loadKubeConfig } from "../cluster/kube-config.ts";
import { resources } from "../cluster/resources.ts";
import { startGuardedController } from "./guarded-controller.ts";
import { loadManifests } from "./load-manifests.ts";
import { serveDefinitions } from "./serve-definitions.ts";

/** A controller, as far as its permissions are tried. */
export interface RolesUnderTest {
  /** Its `main.ts`. */
  readonly main: URL;
  /** Has `service-account.yaml`, `role.yaml`, `cluster-role.yaml` and `namespaced/role.yaml`; ends with a slash. */
  readonly manifests: URL;
  /** The kinds it works on, beside Functions. */
  readonly kinds?: readonly { crd(): object }[];
  /** Definitions of kinds that a cluster may lack: what a role grants on such a kind is then not asked for. */
  readonly foreignDefinitions?: readonly { readonly metadata: { readonly name: string } }[];
  /** Beside what says in which namespace it works. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Starts an empty API server that knows nothing about permissions. */
  readonly startServer: () => Promise<{ readonly kubeconfig: string; stop(): Promise<void> }>;
  /** Path of the kubeconfig of a real Kubernetes. */
  readonly kubeconfig: string | undefined;
  /** Makes the controller do everything it can do; resolves when it has. */
  work(place: RoleWork): Promise<void>;
}

export interface RoleWork {
  /** Of somebody who may do everything. */
  readonly client: ClusterClient;
  /** Where Functions and triggers are to be. */
  readonly namespace: string;
  /** Where the controller is. */
  readonly controllerNamespace: string;
}

/** A sentence that holds for every controller's manifests. `run` rejects when it does not hold. */
export interface RoleCase {
  readonly name: string;
  /** There is no cluster to try it on. */
  readonly isSkipped: boolean;
  run(): Promise<void>;
}

/**
 * What the manifests of every controller must pass. It needs no test runner of its own:
 * `for (const { name, isSkipped, run } of roleCases(subject)) it.skipIf(isSkipped)(name, run);`
 */
export function roleCases(subject: RolesUnderTest): readonly RoleCase[] {
  return [
    {
      name: "the roles grant what is asked for in all namespaces, and nothing else",
      isSkipped: false,
      run: () => holdInAllNamespaces(subject),
    },
    {
      name: "the roles grant what is asked for in one namespace of a real Kubernetes, and nothing else (KUBELESS_TEST_KUBECONFIG)",
      isSkipped: subject.kubeconfig === undefined,
      run: () => holdInOneNamespace(subject),
    },
  ];
}

/** The place of the configuration is looked up in the CRD, as nothing in the environment says it. */
async function holdInAllNamespaces(subject: RolesUnderTest): Promise<void> {
  const server = await subject.startServer();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  await serveDefinitions(client, subject.foreignDefinitions ?? []);
  const place = { client, namespace: "default", controllerNamespace: "kubeless" };
  await hold(subject, { kubeConfig, place, files: ["cluster-role.yaml", "role.yaml"], environment: {} });
  await client.close();
  await server.stop();
}

async function holdInOneNamespace(subject: RolesUnderTest): Promise<void> {
  const kubeConfig = loadKubeConfig({ kubeconfig: subject.kubeconfig });
  const client = createClusterClient({ kubeConfig });
  const namespace = `kubeless-${randomBytes(3).toString("hex")}`;
  const environment = {
    KUBELESS_NAMESPACE: namespace,
    KUBELESS_CONFIG: "kubeless-config",
    FUNCTIONS_NAMESPACE: namespace,
  };
  const files = ["service-account.yaml", "namespaced/role.yaml", "role.yaml"];
  const place = { client, namespace, controllerNamespace: namespace };
  await hold(subject, { kubeConfig, place, files, environment, isEnforced: true });
  await client.close();
}

interface Trial {
  readonly kubeConfig: KubeConfig;
  readonly place: RoleWork;
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly isEnforced?: boolean;
}

async function hold(subject: RolesUnderTest, trial: Trial): Promise<void> {
  const { kubeConfig, place, files, environment, isEnforced = false } = trial;
  const { client, controllerNamespace: namespace } = place;
  const kinds = [functionResource, ...(subject.kinds ?? [])];
  await serveDefinitions(
    client,
    kinds.map((kind) => kind.crd()),
  );
  await client.create(resources.namespaces, { metadata: { name: namespace } });
  const data = { "functions-namespace": isEnforced ? place.namespace : "" };
  await client.create(resources.configMaps, { metadata: { namespace, name: "kubeless-config" }, data });
  const controller = await startGuardedController({
    main: subject.main,
    kubeConfig,
    manifests: loadManifests({ folder: subject.manifests, files, namespace }),
    environment: { ...subject.environment, ...environment, POD_NAME: "first", POD_NAMESPACE: namespace },
    isEnforced,
  });
  // What is missing explains a failure better than the failure does.
  const failure: unknown = await subject.work(place).catch((error: unknown) => error);
  await controller.stop();
  await client.delete(resources.namespaces, { name: namespace });
  const unserved = await findUnserved(client, subject.foreignDefinitions ?? []);
  const isServed = (permission: string) => !unserved.some((kind) => permission.includes(` ${kind}`));
  deepStrictEqual(
    { missing: controller.missing(), unused: controller.unused().filter(isServed), failure },
    { missing: [], unused: [], failure: undefined },
  );
}

async function findUnserved(
  client: ClusterClient,
  definitions: readonly { readonly metadata: { readonly name: string } }[],
): Promise<string[]> {
  const names = definitions.map(({ metadata }) => metadata.name);
  const found = await Promise.all(
    names.map((name) => client.find(resources.customResourceDefinitions, { name })),
  );
  return names.filter((_, index) => found[index] === undefined);
}
