import { expect, test } from "vitest";
import type { ClusterApi, KubeObject } from "../api/cluster-api.ts";
import { startTestControllers } from "./controller-fixture.ts";
import { startNamespaceLifecycle } from "./namespace-lifecycle.ts";

interface Namespace extends KubeObject {
  readonly status: { readonly phase: string; readonly conditions?: readonly Condition[] };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function createNamespace(api: ClusterApi, name: string): void {
  api.create("namespaces", { metadata: { name } });
}

function createConfigMap(
  api: ClusterApi,
  namespace: string,
  name: string,
  finalizers: string[] = [],
): KubeObject {
  return api.create("configmaps", { metadata: { name, namespace, finalizers } });
}

function namespaceOf(api: ClusterApi, name: string): Namespace | undefined {
  return api.get<Namespace>("namespaces", undefined, name);
}

function conditionsOf(api: ClusterApi, name: string): Record<string, string> {
  const conditions = namespaceOf(api, name)?.status.conditions ?? [];
  return Object.fromEntries(conditions.map(({ type, status, message }) => [type, `${status}: ${message}`]));
}

const widgets = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

test("a deleted namespace goes with all that is in it, custom objects included, and takes nothing from others", async () => {
  const { api, settled } = await startTestControllers([startNamespaceLifecycle]);
  api.create("customresourcedefinitions.apiextensions.k8s.io", widgets);
  for (const namespace of ["old", "other"]) {
    createNamespace(api, namespace);
    createConfigMap(api, namespace, "settings");
    api.create("widgets.example.com", { metadata: { name: "gear", namespace } });
  }
  await settled();
  api.delete("namespaces", undefined, "old");
  expect(namespaceOf(api, "old")?.status.phase).toBe("Terminating");
  await settled();
  expect(namespaceOf(api, "old")).toBeUndefined();
  for (const { resource, namespaced } of api.resources()) {
    if (namespaced) expect(api.list(resource, { namespace: "old" }), resource).toEqual([]);
  }
  expect(api.get("configmaps", "other", "settings")).toBeDefined();
  expect(api.get("widgets.example.com", "other", "gear")).toBeDefined();
});

test("objects that finalizers hold keep their namespace, whose conditions say what remains", async () => {
  const { api, settled } = await startTestControllers([startNamespaceLifecycle]);
  createNamespace(api, "held");
  createConfigMap(api, "held", "one", ["example.com/a"]);
  createConfigMap(api, "held", "two", ["example.com/a", "example.com/b"]);
  createConfigMap(api, "held", "free");
  api.delete("namespaces", undefined, "held");
  await settled();
  expect(conditionsOf(api, "held")).toEqual({
    NamespaceDeletionDiscoveryFailure: "False: All resources successfully discovered",
    NamespaceDeletionGroupVersionParsingFailure: "False: All legacy kube types successfully parsed",
    NamespaceDeletionContentFailure:
      "False: All content successfully deleted, may be waiting on finalization",
    NamespaceContentRemaining: "True: Some resources are remaining: configmaps. has 2 resource instances",
    NamespaceFinalizersRemaining:
      "True: Some content in the namespace has finalizers remaining: example.com/a in 2 resource instances, example.com/b in 1 resource instances",
  });
  for (const name of ["one", "two"]) {
    const object = api.get("configmaps", "held", name);
    api.update("configmaps", { ...object, metadata: { ...object?.metadata, finalizers: [] } });
  }
  await settled();
  expect(namespaceOf(api, "held")).toBeUndefined();
});

test("pods go first: what they use stays until the last one has ended", async () => {
  const { api, settled } = await startTestControllers([startNamespaceLifecycle]);
  createNamespace(api, "busy");
  createConfigMap(api, "busy", "settings");
  const spec = { nodeName: "somewhere", containers: [{ name: "main", image: "example" }] };
  api.create("pods", { metadata: { name: "worker", namespace: "busy" }, spec });
  api.delete("namespaces", undefined, "busy");
  await settled();
  expect(api.get("pods", "busy", "worker")?.metadata.deletionTimestamp).toBeDefined();
  expect(api.get("configmaps", "busy", "settings")).toBeDefined();
  expect(conditionsOf(api, "busy").NamespaceContentRemaining).toBe(
    "True: Some resources are remaining: pods. has 1 resource instances",
  );
  api.delete("pods", "busy", "worker", { gracePeriodSeconds: 0 });
  await settled();
  expect(namespaceOf(api, "busy")).toBeUndefined();
});

test("a namespace that holds a finalizer of its own stays, empty, until that is taken off", async () => {
  const { api, settled } = await startTestControllers([startNamespaceLifecycle]);
  api.create("namespaces", { metadata: { name: "kept", finalizers: ["example.com/hold"] } });
  createConfigMap(api, "kept", "settings");
  api.delete("namespaces", undefined, "kept");
  await settled();
  expect(api.get("configmaps", "kept", "settings")).toBeUndefined();
  const namespace = namespaceOf(api, "kept");
  expect(namespace).toMatchObject({
    metadata: { finalizers: ["example.com/hold"] },
    status: { phase: "Terminating" },
  });
  api.update("namespaces", { ...namespace, metadata: { ...namespace?.metadata, finalizers: [] } });
  expect(namespaceOf(api, "kept")).toBeUndefined();
});
