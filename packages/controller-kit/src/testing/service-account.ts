import { KubeConfig } from "@kubernetes/client-node";
import { type ClusterClient, createClusterClient } from "../cluster/client.ts";
import type { KubernetesObject } from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";

type Manifest = KubernetesObject & { metadata: { name: string } };

const RBAC = "rbac.authorization.k8s.io/v1";
const KINDS: readonly Resource<Manifest>[] = [
  { apiVersion: "v1", kind: "ServiceAccount", plural: "serviceaccounts", namespaced: true },
  { apiVersion: RBAC, kind: "Role", plural: "roles", namespaced: true },
  { apiVersion: RBAC, kind: "RoleBinding", plural: "rolebindings", namespaced: true },
  { apiVersion: RBAC, kind: "ClusterRole", plural: "clusterroles", namespaced: false },
  { apiVersion: RBAC, kind: "ClusterRoleBinding", plural: "clusterrolebindings", namespaced: false },
];

export interface ServiceAccountOptions {
  /** May write RBAC. */
  kubeConfig: KubeConfig;
  /** The objects of a controller's manifests; those that are not about permissions are left out. */
  manifests: readonly object[];
}

/** Somebody who has exactly the permissions of a controller's manifests, on an API server that enforces them. */
export interface AppliedServiceAccount {
  readonly client: ClusterClient;
  /** Deletes what was made. */
  close(): Promise<void>;
}

/** Applies the ServiceAccount, roles and bindings of a controller, and logs in as that ServiceAccount. */
export async function openServiceAccount(options: ServiceAccountOptions): Promise<AppliedServiceAccount> {
  const admin = createClusterClient({ kubeConfig: options.kubeConfig });
  const made = options.manifests.flatMap((manifest) => {
    const { apiVersion, kind } = manifest as Manifest;
    const resource = KINDS.find((one) => one.apiVersion === apiVersion && one.kind === kind);
    return resource === undefined ? [] : [{ resource, manifest: manifest as Manifest }];
  });
  for (const { resource, manifest } of made) await admin.apply(resource, manifest);
  const account = made.find(({ manifest }) => manifest.kind === "ServiceAccount")?.manifest;
  if (account === undefined) throw new TypeError("There is no ServiceAccount among the manifests.");
  const client = createClusterClient({
    kubeConfig: withToken(options.kubeConfig, await requestToken(admin, account)),
  });
  return {
    client,
    async close() {
      await client.close();
      for (const { resource, manifest } of made) await admin.delete(resource, manifest.metadata);
      await admin.close();
    },
  };
}

async function requestToken(admin: ClusterClient, { metadata }: Manifest): Promise<string> {
  const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${metadata.name}/token`;
  const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} });
  const headers = { "content-type": "application/json" };
  const answer = await admin.request(path, { method: "POST", body, headers });
  const { status } = (await answer.body.json()) as { status?: { token?: string } };
  if (!status?.token) throw new Error(`No token for ${path} (${answer.status}).`);
  return status.token;
}

function withToken(kubeConfig: KubeConfig, token: string): KubeConfig {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new TypeError("The kubeconfig has no current cluster.");
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, { name: "service-account", token });
  return config;
}
