import type { V1ConfigMap } from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ClusterClient, createClusterClient } from "../cluster/client.ts";
import type { Wire } from "../cluster/kubernetes-object.ts";
import { resources } from "../cluster/resources.ts";
import { eventually, judge, openTestCluster, type TestCluster } from "../fixtures/cluster.ts";
import { type FaultyNetwork, openFaultyNetwork } from "../fixtures/faulty-network.ts";
import { defineWidgets } from "../fixtures/widget.ts";
import { createInformer, type Informer, type InformerOptions } from "./informer.ts";

type ConfigMap = Wire<V1ConfigMap>;

describe(`an informer, on ${judge}`, () => {
  let cluster: TestCluster;
  let network: FaultyNetwork;
  let client: ClusterClient;
  const informers: Informer<ConfigMap>[] = [];

  beforeAll(async () => {
    cluster = await openTestCluster();
    network = await openFaultyNetwork(cluster.client);
    client = createClusterClient({ kubeConfig: network.kubeConfig });
  });
  afterEach(async () => {
    for (const informer of informers.splice(0)) await informer.stop();
  });
  afterAll(async () => {
    await client.close();
    await network.close();
    await cluster.close();
  });

  async function open(options: Partial<InformerOptions<ConfigMap>> = {}): Promise<Informer<ConfigMap>> {
    const informer = createInformer({
      client,
      resource: resources.configMaps,
      namespace: cluster.namespace,
      backoff: { minMs: 20, maxMs: 100 },
      ...options,
    });
    informers.push(informer);
    informer.start();
    await informer.synced();
    return informer;
  }

  const create = (name: string, labels: Record<string, string> = {}) =>
    cluster.client.create(resources.configMaps, { metadata: { namespace: cluster.namespace, name, labels } });
  const remove = (name: string) =>
    cluster.client.delete(resources.configMaps, { namespace: cluster.namespace, name });
  const named = (informer: Informer<ConfigMap>, name: string) =>
    informer.get({ namespace: cluster.namespace, name });
  const lists = () => network.seen.filter(({ url }) => url.includes("limit=")).length;

  it("of an optional kind is synced without it, and finds it when it is served", async () => {
    const { widgets, drop } = await defineWidgets(cluster.client);
    await drop();
    await eventually(() =>
      cluster.client.list(widgets).then(
        () => false,
        () => true,
      ),
    );
    const absent = await open({ resource: widgets as never, optional: true });
    expect([absent.hasSynced, absent.isServed, absent.size]).toEqual([true, false, 0]);
    const again = await defineWidgets(cluster.client, widgets.apiVersion.split("/")[0]);
    await cluster.client.create(widgets, {
      metadata: { namespace: cluster.namespace, name: "late" },
      spec: {},
    });
    await eventually(() => absent.isServed && absent.size === 1);
    await again.drop();
  });

  it("has all that is there once synced, in pages, and follows what comes, changes and goes", async () => {
    await Promise.all(Array.from({ length: 7 }, (_, n) => create(`paged-${n}`)));
    const informer = await open({ pageSize: 3 });
    expect(informer.list().filter(({ metadata }) => metadata.name.startsWith("paged"))).toHaveLength(7);
    await create("later");
    await eventually(() => named(informer, "later") !== undefined);
    await remove("later");
    await eventually(() => named(informer, "later") === undefined);
  });

  it("keeps no managedFields, and with metadataOnly no data", async () => {
    await cluster.client.create(resources.configMaps, {
      metadata: { namespace: cluster.namespace, name: "big" },
      data: { a: "b" },
    });
    const informer = await open({ metadataOnly: true });
    expect(named(informer, "big")).toMatchObject({ kind: "ConfigMap", apiVersion: "v1" });
    expect(named(informer, "big")).not.toHaveProperty("data");
    expect(named(informer, "big")?.metadata.managedFields).toBeUndefined();
  });

  it("finds by labels, by owner and by an index of one's own, as objects change", async () => {
    const owner = await create("owner", { team: "a" });
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid }];
    await cluster.client.create(resources.configMaps, {
      metadata: { namespace: cluster.namespace, name: "owned", ownerReferences },
    });
    const informer = await open({ indexes: { length: ({ metadata }) => [String(metadata.name.length)] } });
    expect(informer.byIndex("ownerUid", owner.metadata.uid).map(({ metadata }) => metadata.name)).toEqual([
      "owned",
    ]);
    expect(informer.byIndex("length", "5").map(({ metadata }) => metadata.name)).toContain("owner");
    expect(informer.select({ labels: { team: "a" } })).toHaveLength(1);
    await cluster.client.patch(resources.configMaps, owner.metadata, { metadata: { labels: { team: "b" } } });
    await eventually(() => informer.select({ labels: { team: "b" } }).length === 1);
    expect(informer.select({ labels: { team: "a" } })).toHaveLength(0);
    expect(() => informer.byIndex("none", "x")).toThrow(TypeError);
  });

  it("goes on where it was when the connection is reset, without a new list", async () => {
    const informer = await open();
    const before = lists();
    for (const name of ["cut-1", "cut-2", "cut-3"]) {
      network.cut();
      await create(name);
      await eventually(() => named(informer, name) !== undefined);
    }
    expect(lists()).toBe(before);
  });

  it("notices a connection that went silent, and goes on over another", async () => {
    const informer = await open({ idleTimeoutMs: 500 });
    const before = lists();
    network.freeze();
    await create("frozen");
    const watches = network.seen.length;
    await eventually(() => network.seen.slice(watches).some(({ url }) => url.includes("watch=true")));
    network.thaw();
    await eventually(() => named(informer, "frozen") !== undefined);
    expect(lists()).toBe(before);
  });

  it("lists again when its version has expired, and notices what went meanwhile", async () => {
    await create("goes");
    const gone: string[] = [];
    const informer = await open();
    informer.onChange(({ type, object }) => type === "deleted" && gone.push(object.metadata.name));
    const before = lists();
    network.freeze();
    network.cut();
    await remove("goes");
    network.expireNextWatch();
    network.thaw();
    await eventually(() => gone.includes("goes"));
    expect(lists()).toBeGreaterThan(before);
  });

  it("survives a listener that throws, and tells the others", async () => {
    const informer = await open();
    const told: string[] = [];
    informer.onChange(() => {
      throw new Error("a fault of the listener");
    });
    informer.onChange(({ object }) => told.push(object.metadata.name));
    await create("told");
    await eventually(() => told.includes("told"));
  });

  it("says that it was stopped to whoever waits for its first list", async () => {
    network.freeze();
    const informer = createInformer({ client, resource: resources.configMaps, namespace: cluster.namespace });
    informer.start();
    const synced = informer.synced();
    await informer.stop();
    await expect(synced).rejects.toThrow("stopped");
    network.thaw();
  });
});
