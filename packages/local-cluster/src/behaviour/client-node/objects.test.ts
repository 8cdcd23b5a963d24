import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "../cluster.ts";
import { untilServed } from "../serve-definition.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

const patchAs = (strategy: string) => setHeaderOptions("Content-Type", strategy);

/** Resolves with what the call was refused with. */
async function refusal(call: Promise<unknown>): Promise<{ code: number; reason: string; message: string }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiException)) throw new Error("the call was not refused", { cause: error });
  const { reason, message } = JSON.parse(error.body);
  return { code: error.code, reason, message };
}

describe(`client-node's objects on ${where}`, () => {
  let cluster: TestCluster;
  let core: CoreV1Api;
  let namespace: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
    namespace = cluster.namespace;
    core = cluster.config.makeApiClient(CoreV1Api);
  });
  afterAll(() => cluster.stop());

  test("a typed object is created, read, replaced, patched in four ways and deleted", async () => {
    const name = "typed";
    const body = { metadata: { name, labels: { a: "1" } }, data: { one: "1" } };
    const made = await core.createNamespacedConfigMap({ namespace, body });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const read = await core.readNamespacedConfigMap({ namespace, name });
    expect(read).toEqual(made);
    const replaced = await core.replaceNamespacedConfigMap({
      namespace,
      name,
      body: { ...read, data: { two: "2" } },
    });
    expect(replaced.data).toEqual({ two: "2" });
    const at = { namespace, name };
    await core.patchNamespacedConfigMap({
      ...at,
      body: [{ op: "add", path: "/data/three", value: "3" }],
    });
    await core.patchNamespacedConfigMap(
      { ...at, body: { data: { two: null } } },
      patchAs(PatchStrategy.MergePatch),
    );
    await core.patchNamespacedConfigMap(
      { ...at, body: { metadata: { labels: { b: "2" } } } },
      patchAs(PatchStrategy.StrategicMergePatch),
    );
    const applied = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { four: "4" } };
    const last = await core.patchNamespacedConfigMap(
      { ...at, body: applied, fieldManager: "suite" },
      patchAs(PatchStrategy.ServerSideApply),
    );
    expect(last.data).toEqual({ three: "3", four: "4" });
    expect(last.metadata?.labels).toEqual({ a: "1", b: "2" });
    expect(
      last.metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`),
    ).toContain("suite Apply");
    const status = await core.deleteNamespacedConfigMap(at);
    expect(status).toMatchObject({ status: "Success", details: { name, kind: "configmaps" } });
  });

  test("what is refused is an ApiException whose body says why", async () => {
    const body = { metadata: { name: "refused" } };
    const made = await core.createNamespacedConfigMap({ namespace, body });
    expect(await refusal(core.createNamespacedConfigMap({ namespace, body }))).toEqual({
      code: 409,
      reason: "AlreadyExists",
      message: 'configmaps "refused" already exists',
    });
    const stale = { ...made, metadata: { ...made.metadata, resourceVersion: "1" } };
    expect(
      await refusal(core.replaceNamespacedConfigMap({ namespace, name: "refused", body: stale })),
    ).toMatchObject({ code: 409, reason: "Conflict" });
    expect(await refusal(core.readNamespacedConfigMap({ namespace, name: "missing" }))).toEqual({
      code: 404,
      reason: "NotFound",
      message: 'configmaps "missing" not found',
    });
    const bad = { metadata: { name: "Bad_Name" } };
    expect(await refusal(core.createNamespacedConfigMap({ namespace, body: bad }))).toMatchObject({
      code: 422,
      reason: "Invalid",
    });
  });

  test("a list comes in pages of one state, and a collection is deleted by its label", async () => {
    const labels = { paged: "yes" };
    for (const name of ["page-1", "page-2", "page-3"])
      await core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } });
    const labelSelector = "paged=yes";
    const first = await core.listNamespacedConfigMap({ namespace, labelSelector, limit: 2 });
    await core.deleteNamespacedConfigMap({ namespace, name: "page-3" });
    const second = await core.listNamespacedConfigMap({
      namespace,
      labelSelector,
      limit: 2,
      _continue: first.metadata?._continue ?? "",
    });
    const names = [...first.items, ...second.items].map(({ metadata }) => metadata?.name);
    expect(names).toEqual(["page-1", "page-2", "page-3"]);
    expect(second.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector });
    expect((await core.listNamespacedConfigMap({ namespace, labelSelector })).items).toEqual([]);
  });

  test("an informer tells what is there, what comes, changes and goes", async () => {
    const labelSelector = "informed=yes";
    const labels = { informed: "yes" };
    const put = (name: string) =>
      core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } });
    await put("there");
    const informer = makeInformer<V1ConfigMap>(
      cluster.config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace, labelSelector }),
      labelSelector,
    );
    const told: string[] = [];
    const waiting = new Map<string, () => void>();
    const tell = (text: string) => {
      told.push(text);
      waiting.get(text)?.();
    };
    const heard = (text: string) =>
      new Promise<void>((resolve) => {
        if (told.includes(text)) resolve();
        else waiting.set(text, resolve);
      });
    for (const event of ["add", "update", "delete"] as const)
      informer.on(event, ({ metadata }) => tell(`${event} ${metadata?.name}`));
    await informer.start();
    await heard("add there");
    await put("new");
    await heard("add new");
    await core.patchNamespacedConfigMap(
      { namespace, name: "new", body: { data: { a: "b" } } },
      patchAs(PatchStrategy.MergePatch),
    );
    await heard("update new");
    expect(informer.get("new", namespace)?.data).toEqual({ a: "b" });
    await core.patchNamespacedConfigMap(
      { namespace, name: "there", body: { metadata: { labels: { informed: null } } } },
      patchAs(PatchStrategy.MergePatch),
    );
    await heard("delete there");
    await core.deleteNamespacedConfigMap({ namespace, name: "new" });
    await heard("delete new");
    expect(informer.list(namespace)).toEqual([]);
    await informer.stop();
  });

  test("custom objects have their own calls, for status and scale too", async () => {
    const group = `${namespace}.example.com`;
    const objects = cluster.config.makeApiClient(CustomObjectsApi);
    const generic = KubernetesObjectApi.makeApiClient(cluster.config);
    const crd = await generic.create(definition(group));
    await untilServed(cluster, definition(group));
    const at = { group, version: "v1", namespace, plural: "things" };
    const thing = { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "one" }, spec: { size: 2 } };
    expect(await objects.createNamespacedCustomObject({ ...at, body: thing })).toMatchObject(thing);
    const one = { ...at, name: "one" };
    await objects.patchNamespacedCustomObjectStatus(
      { ...one, body: { status: { seen: 2 }, spec: { size: 9 } } },
      patchAs(PatchStrategy.MergePatch),
    );
    expect(await objects.getNamespacedCustomObject(one)).toMatchObject({
      spec: { size: 2 },
      status: { seen: 2 },
    });
    await objects.patchNamespacedCustomObjectScale(
      { ...one, body: { spec: { replicas: 5 } } },
      patchAs(PatchStrategy.MergePatch),
    );
    const { items } = await objects.listNamespacedCustomObject(at);
    expect(items).toMatchObject([{ spec: { size: 5 } }]);
    const wrong = { ...thing, metadata: { name: "two" }, spec: { size: "large" } };
    expect(await refusal(objects.createNamespacedCustomObject({ ...at, body: wrong }))).toMatchObject({
      code: 422,
      reason: "Invalid",
    });
    await objects.deleteNamespacedCustomObject(one);
    await generic.delete(crd);
  });

  test("any kind is read and written by its apiVersion and kind alone", async () => {
    const generic = KubernetesObjectApi.makeApiClient(cluster.config);
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "any", namespace },
      spec: { holderIdentity: "suite" },
    };
    expect(await generic.create(lease)).toMatchObject({ spec: { holderIdentity: "suite" } });
    await generic.patch({ ...lease, spec: { holderIdentity: "other" } } as typeof lease);
    expect(await generic.read(lease)).toMatchObject({ spec: { holderIdentity: "other" } });
    const listed = await generic.list("coordination.k8s.io/v1", "Lease", namespace);
    expect(listed.items.map(({ metadata }) => metadata?.name)).toEqual(["any"]);
    await generic.delete(lease);
    expect(await refusal(generic.read(lease))).toMatchObject({ code: 404, reason: "NotFound" });
  });
});

function definition(group: string) {
  const spec = { type: "object", properties: { size: { type: "integer" } } };
  const status = { type: "object", properties: { seen: { type: "integer" } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec, status } } },
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.seen" },
          },
        },
      ],
    },
  };
}
