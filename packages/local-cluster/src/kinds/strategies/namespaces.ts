import { forbidden } from "../../errors.ts";
import { isEqual } from "../../patch/json-patch.ts";
import { type Cluster, nowText } from "../../pipeline/cluster.ts";
import { namedFinalizerFaults, newUid } from "../../pipeline/metadata.ts";
import { keyOf } from "../../store/store.ts";
import type { Draft } from "../resource.ts";
import type { Strategy } from "../strategy.ts";

/** A namespace comes with its default service account and the cluster's certificate authority. */
export const namespaceStrategy: Strategy = {
  prepareCreate: (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, "kubernetes.io/metadata.name": draft.metadata.name };
    const { finalizers = [] } = (draft.spec ?? {}) as { finalizers?: string[] };
    draft.spec = {
      finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"],
    };
    draft.status = { phase: "Active" };
  },
  prepareUpdate: (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, "kubernetes.io/metadata.name": draft.metadata.name };
  },
  prepareDelete: (draft, _cluster, { resource, name }) => {
    if (immortal.includes(name)) throw forbidden(resource, name, "this namespace may not be deleted");
    draft.status = { ...(draft.status as object), phase: "Terminating" };
  },
  validate: ({ spec }) =>
    namedFinalizerFaults((spec as { finalizers?: string[] }).finalizers ?? [], "spec.finalizers"),
  committed: (object, cluster) => {
    if (object.metadata.deletionTimestamp === undefined) furnish(object.metadata.name, cluster);
  },
};

const immortal = ["default", "kube-system", "kube-public"];

/** The default service account comes back while its namespace lives. */
export const serviceAccountStrategy: Strategy = {
  deleted: ({ metadata }, cluster) => {
    if (metadata.name === "default") refurnish(metadata.namespace, cluster);
  },
};

/** So does the certificate authority, in its true words. */
export function keepAuthority({ metadata, data }: Draft, cluster: Cluster): void {
  if (metadata.name !== authorityName) return;
  const key = keyOf(metadata.namespace, authorityName);
  const isDamaged = !isEqual(data, authorityData(cluster));
  const stored = cluster.store.get("configmaps", key);
  if (stored !== undefined && isDamaged) {
    cluster.store.put("configmaps", key, { ...stored, data: authorityData(cluster) });
  } else if (stored === undefined) refurnish(metadata.namespace, cluster);
}

const authorityName = "kube-root-ca.crt";

function authorityData({ authority }: Cluster): Record<string, string> {
  return { "ca.crt": authority };
}

function refurnish(namespace: string | undefined, cluster: Cluster): void {
  const home = cluster.store.get("namespaces", namespace ?? "");
  if (home !== undefined && home.metadata.deletionTimestamp === undefined)
    furnish(home.metadata.name, cluster);
}

function furnish(namespace: string, cluster: Cluster): void {
  const note =
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
  putOnce(cluster, "serviceaccounts", { kind: "ServiceAccount", ...meta(cluster, namespace, "default") });
  putOnce(cluster, "configmaps", {
    kind: "ConfigMap",
    ...meta(cluster, namespace, authorityName, { "kubernetes.io/description": note }),
    data: authorityData(cluster),
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
