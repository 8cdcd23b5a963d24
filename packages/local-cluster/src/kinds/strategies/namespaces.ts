import { type Cluster, nowText } from "../../pipeline/cluster.ts";
import { newUid } from "../../pipeline/metadata.ts";
import { keyOf } from "../../store/store.ts";
import type { Draft } from "../resource.ts";
import type { Strategy } from "../strategy.ts";

/** A namespace comes with its default service account and the cluster's certificate authority. */
export const namespaceStrategy: Strategy = {
  prepareCreate: (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, "kubernetes.io/metadata.name": draft.metadata.name };
    const { finalizers = [] } = (draft.spec ?? {}) as { finalizers?: string[] };
    draft.spec = { finalizers: [...new Set([...finalizers, "kubernetes"])] };
    draft.status = { phase: "Active" };
  },
  prepareUpdate: (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, "kubernetes.io/metadata.name": draft.metadata.name };
  },
  committed: (object, cluster) => {
    if (object.metadata.deletionTimestamp === undefined) furnish(object.metadata.name, cluster);
  },
};

/** The default service account comes back while its namespace lives. */
export const serviceAccountStrategy: Strategy = {
  deleted: (object, cluster) => {
    const namespace = object.metadata.namespace ?? "";
    const home = cluster.store.get("namespaces", namespace);
    if (
      object.metadata.name === "default" &&
      home !== undefined &&
      home.metadata.deletionTimestamp === undefined
    ) {
      furnish(namespace, cluster);
    }
  },
};

function furnish(namespace: string, cluster: Cluster): void {
  const note =
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
  putOnce(cluster, "serviceaccounts", { kind: "ServiceAccount", ...meta(cluster, namespace, "default") });
  putOnce(cluster, "configmaps", {
    kind: "ConfigMap",
    ...meta(cluster, namespace, "kube-root-ca.crt", { "kubernetes.io/description": note }),
    data: { "ca.crt": cluster.authority },
  });
}

function meta(cluster: Cluster, namespace: string, name: string, annotations?: Record<string, string>) {
  return {
    apiVersion: "v1",
    metadata: {
      name,
      namespace,
      uid: newUid(),
      resourceVersion: "",
      creationTimestamp: nowText(cluster.clock),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

function putOnce(cluster: Cluster, resource: string, object: Draft): void {
  const key = keyOf(object.metadata.namespace, object.metadata.name);
  if (cluster.store.get(resource, key) === undefined) cluster.store.put(resource, key, object);
}
