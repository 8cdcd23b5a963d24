import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCluster } from "../start-cluster.ts";
import { type Answer, openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";
const hold = ["example.com/hold"];

describe(`owners on ${where}`, { timeout: 30_000 }, () => {
  let cluster: TestCluster;
  let maps: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig, () => startCluster({ images: [] }));
    maps = `/api/v1/namespaces/${cluster.namespace}/configmaps`;
  });
  afterAll(() => cluster.stop());
  const create = async (name: string, ownerReferences: object[] = [], finalizers: string[] = []) => {
    const { code, body } = await cluster.send("POST", maps, {
      metadata: { name, ownerReferences, finalizers },
    });
    expect(code, JSON.stringify(body)).toBe(201);
    return body;
  };
  const remove = (name: string, propagationPolicy: string) =>
    cluster.send("DELETE", `${maps}/${name}`, { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy });
  const free = (name: string) => cluster.send("PATCH", `${maps}/${name}`, { metadata: { finalizers: null } });
  const isMarked = ({ metadata }: Answer["body"]) => metadata.deletionTimestamp !== undefined;

  test("dependents go after an owner that was deleted in the background", async () => {
    const owner = await create("bg-owner");
    const child = await create("bg-child", [ownedBy(owner)]);
    await create("bg-grandchild", [ownedBy(child)]);
    await remove("bg-owner", "Background");
    expect((await cluster.send("GET", `${maps}/bg-owner`)).code).toBe(404);
    await cluster.gone(`${maps}/bg-child`);
    await cluster.gone(`${maps}/bg-grandchild`);
  });

  test("an owner that is deleted in the foreground waits for who blocks it", async () => {
    const owner = await create("fg-owner");
    await create("fg-child", [ownedBy(owner, true)], hold);
    const { body } = await remove("fg-owner", "Foreground");
    expect(body.metadata).toMatchObject({
      finalizers: ["foregroundDeletion"],
      deletionGracePeriodSeconds: 0,
    });
    await cluster.until(`${maps}/fg-child`, isMarked);
    expect((await cluster.send("GET", `${maps}/fg-owner`)).code).toBe(200);
    await free("fg-child");
    await cluster.gone(`${maps}/fg-owner`);
  });

  test("two owners that block each other both go", async () => {
    const one = await create("circle-one");
    const two = await create("circle-two", [ownedBy(one, true)]);
    const ownerReferences = [ownedBy(two, true)];
    await cluster.send("PATCH", `${maps}/circle-one`, { metadata: { ownerReferences } });
    await remove("circle-one", "Foreground");
    await cluster.gone(`${maps}/circle-one`);
    await cluster.gone(`${maps}/circle-two`);
  });

  test("a dependent with another living owner loses only the reference to the one that goes", async () => {
    const [dead, alive] = [await create("dead"), await create("alive")];
    await create("shared", [ownedBy(dead, true), ownedBy(alive)]);
    await remove("dead", "Foreground");
    await cluster.gone(`${maps}/dead`);
    const shared = await cluster.until(
      `${maps}/shared`,
      ({ metadata }) => metadata.ownerReferences?.length === 1,
    );
    expect(shared.metadata.ownerReferences).toEqual([ownedBy(alive)]);
    expect(isMarked(shared)).toBe(false);
  });

  test("an orphaning deletion takes the owner out of its dependents", async () => {
    const owner = await create("orphan-owner");
    await create("orphan", [ownedBy(owner, true)]);
    const { body } = await remove("orphan-owner", "Orphan");
    expect(body.metadata.finalizers).toEqual(["orphan"]);
    await cluster.gone(`${maps}/orphan-owner`);
    const { body: orphan } = await cluster.send("GET", `${maps}/orphan`);
    expect(orphan.metadata.ownerReferences).toBeUndefined();
  });

  test("who names an owner that is not there goes", async () => {
    const absent = {
      apiVersion: "v1",
      kind: "Secret",
      name: "absent",
      uid: "3c9e25ab-7a43-4a4f-9c8e-52f1d4f7a9a0",
    };
    await create("astray", [absent]);
    await cluster.gone(`${maps}/astray`);
  });

  test("an owner in another namespace is none, and an event says so", async () => {
    const { body: owner } = await cluster.send("POST", "/api/v1/namespaces/default/configmaps", {
      metadata: { name: cluster.namespace },
    });
    await create("abroad", [ownedBy(owner)]);
    await cluster.gone(`${maps}/abroad`);
    const events = `/api/v1/namespaces/${cluster.namespace}/events`;
    const message = await firstEvent(cluster, events, "OwnerRefInvalidNamespace");
    expect(message).toBe(
      `ownerRef [v1/ConfigMap, namespace: ${cluster.namespace}, name: ${cluster.namespace}, uid: ${owner.metadata.uid}] does not exist in namespace "${cluster.namespace}"`,
    );
    await cluster.send("DELETE", `/api/v1/namespaces/default/configmaps/${cluster.namespace}`);
  });

  test("a namespace says what it waits for, takes nothing new, and goes when that is gone", async () => {
    const name = `${cluster.namespace}-going`;
    const path = `/api/v1/namespaces/${name}`;
    const { body: made } = await cluster.send("POST", "/api/v1/namespaces", { metadata: { name } });
    expect(made).toMatchObject({ spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } });
    await cluster.send("POST", `${path}/configmaps`, { metadata: { name: "held", finalizers: hold } });
    await cluster.send("DELETE", path);
    const refused = await cluster.send("POST", `${path}/configmaps`, { metadata: { name: "late" } });
    expect(refused.body).toMatchObject({
      code: 403,
      details: { causes: [{ reason: "NamespaceTerminating" }] },
    });
    const waits = await cluster.until(path, ({ status }) => textsOf(status).length === 2);
    expect(waits.status.phase).toBe("Terminating");
    expect(textsOf(waits.status)).toEqual([
      "SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances",
      "SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
    ]);
    await cluster.send("PATCH", `${path}/configmaps/held`, { metadata: { finalizers: null } });
    await cluster.gone(path);
  });

  test("what a namespace comes with comes back", async () => {
    const base = `/api/v1/namespaces/${cluster.namespace}`;
    for (const path of [`${base}/serviceaccounts/default`, `${base}/configmaps/kube-root-ca.crt`]) {
      const before = await reading(cluster, path);
      const [collection] = path.split(/\/(?=[^/]+$)/);
      await cluster.send("DELETE", path);
      const after = await added(cluster, `${collection}?watch=true`, before.metadata);
      expect(after.data).toEqual(before.data);
    }
  });

  test.each(["default", "kube-system"])("namespace %s may not be deleted", async (name) => {
    const { body } = await cluster.send("DELETE", `/api/v1/namespaces/${name}`);
    expect(body).toMatchObject({
      code: 403,
      message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    });
  });
});

function ownedBy({ apiVersion, kind, metadata: { name, uid } }: Answer["body"], blocks = false): object {
  return { apiVersion, kind, name, uid, ...(blocks ? { blockOwnerDeletion: true } : {}) };
}

function textsOf({ conditions = [] }: { conditions?: Record<string, string>[] }): string[] {
  return conditions
    .filter(({ status }) => status === "True")
    .map(({ reason, message }) => `${reason}: ${message}`);
}

/** The object, once it is there. */
async function reading(cluster: TestCluster, path: string): Promise<Answer["body"]> {
  const [collection = "", name] = path.split(/\/(?=[^/]+$)/);
  for await (const { object } of cluster.watch(
    `${collection}?watch=true&fieldSelector=metadata.name%3D${name}`,
  )) {
    return object;
  }
}

/** The next object of this name that is another one. */
async function added(cluster: TestCluster, path: string, { name, uid }: { name: string; uid: string }) {
  for await (const { object } of cluster.watch(path)) {
    const { metadata } = object as Answer["body"];
    if (metadata.name === name && metadata.uid !== uid) return object;
  }
  throw new Error(`the watch of ${path} ended`);
}

async function firstEvent(cluster: TestCluster, path: string, reason: string): Promise<unknown> {
  for await (const { object } of cluster.watch(`${path}?watch=true&fieldSelector=reason%3D${reason}`)) {
    return object.message;
  }
  throw new Error(`the watch of ${path} ended`);
}
