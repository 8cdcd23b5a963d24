import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ClusterClient } from "../cluster/client.ts";
import type { Resource } from "../cluster/resource.ts";
import { resources } from "../cluster/resources.ts";
import { eventually, judge, openTestCluster, type TestCluster } from "../fixtures/cluster.ts";
import { defineWidgets, type Widget, widgetProjection } from "../fixtures/widget.ts";
import { createProjectionManager, type ProjectionManager } from "./projection-manager.ts";

describe(`a projection, on ${judge}`, () => {
  let cluster: TestCluster;
  let client: ClusterClient;
  let widgets: Resource<Widget>;
  let drop: () => Promise<void>;
  const managers: ProjectionManager[] = [];

  beforeAll(async () => {
    cluster = await openTestCluster();
    client = cluster.client;
    ({ widgets, drop } = await defineWidgets(client));
  });
  afterAll(async () => {
    await drop();
    await cluster.close();
  });
  beforeEach(() => start());
  afterEach(async () => {
    for (const manager of managers.splice(0)) await manager.stop();
  });

  async function start(using: ClusterClient = client): Promise<ProjectionManager> {
    const manager = createProjectionManager({
      name: "widget-controller",
      identity: "test",
      client: using,
      projections: [widgetProjection(widgets)],
      namespace: cluster.namespace,
    });
    managers.push(manager);
    await manager.start();
    return manager;
  }

  const meta = (name: string) => ({ namespace: cluster.namespace, name });
  const create = (name: string, spec: Widget["spec"], metadata: object = {}) =>
    client.create(widgets, { metadata: { ...meta(name), ...metadata }, spec });
  const readyOf = async (name: string) => (await client.find(widgets, meta(name)))?.status?.conditions?.[0];
  const becomes = (name: string, reason: string) =>
    eventually(async () => (await readyOf(name))?.reason === reason);
  const copy = (name: string) => client.find(resources.configMaps, meta(name));

  it("makes the children, and says so with the generation it is about", async () => {
    const { metadata } = await create("first", { copies: 2 });
    await becomes("first", "Copied");
    expect((await copy("first-1"))?.metadata.ownerReferences?.[0]).toMatchObject({
      uid: metadata.uid,
      controller: true,
    });
    const { status } = await client.get(widgets, meta("first"));
    expect(status).toMatchObject({ observedGeneration: 1, copies: 2 });
    expect(status?.conditions?.[0]).toMatchObject({ type: "Ready", status: "True", observedGeneration: 1 });
  });

  it("deletes what is not rendered any more, and nothing that it does not own", async () => {
    await create("shrinks", { copies: 3 });
    await becomes("shrinks", "Copied");
    await client.create(resources.configMaps, {
      metadata: { ...meta("shrinks-9"), labels: { "made-by": "widget" } },
    });
    await client.patch(widgets, meta("shrinks"), { spec: { copies: 1 } });
    await eventually(async () => (await copy("shrinks-2")) === undefined);
    expect(await copy("shrinks-0")).toBeDefined();
    expect(await copy("shrinks-9")).toBeDefined();
  });

  it("leaves what exists when it cannot be written any more, unless that must not stay open", async () => {
    await create("open", { copies: 1 });
    await create("closed", { copies: 1 });
    await becomes("open", "Copied");
    await becomes("closed", "Copied");
    await client.patch(widgets, meta("open"), { spec: { invalid: true } });
    await client.patch(widgets, meta("closed"), { spec: { invalid: true, failClosed: true } });
    await becomes("open", "Invalid");
    await becomes("closed", "Invalid");
    expect(await copy("open-0")).toBeDefined();
    expect(await copy("closed-0")).toBeUndefined();
    for (const name of ["open", "closed"]) await client.delete(widgets, meta(name));
  });

  it("makes again what somebody deleted, and undoes what somebody changed", async () => {
    await create("mended", { copies: 1 });
    await becomes("mended", "Copied");
    const uid = (await copy("mended-0"))?.metadata.uid;
    await client.delete(resources.configMaps, meta("mended-0"));
    await eventually(async () => ![uid, undefined].includes((await copy("mended-0"))?.metadata.uid));
    await client.patch(resources.configMaps, meta("mended-0"), {
      metadata: { annotations: { "kubeless.io/applied": "x" } },
    });
    await eventually(
      async () => (await copy("mended-0"))?.metadata.annotations?.["kubeless.io/applied"] !== "x",
    );
  });

  it("looks again when an input appears, changes or goes", async () => {
    await create("reader", { copies: 1, from: "source" });
    await becomes("reader", "SourceMissing");
    await client.create(resources.configMaps, { metadata: meta("source"), data: { text: "one" } });
    await eventually(async () => (await copy("reader-0"))?.data?.text === "one");
    await client.patch(resources.configMaps, meta("source"), { data: { text: "two" } });
    await eventually(async () => (await copy("reader-0"))?.data?.text === "two");
    await client.delete(resources.configMaps, meta("source"));
    await becomes("reader", "SourceMissing");
    expect((await copy("reader-0"))?.data?.text).toBe("two");
  });

  it("says in the status what the API server refuses, and what is in the way", async () => {
    await create("refused", { copies: 1, invalid: true });
    await becomes("refused", "Invalid");
    await client.create(resources.configMaps, { metadata: meta("taken-0") });
    await create("taken", { copies: 1 });
    await becomes("taken", "NotOurs");
    expect((await readyOf("taken"))?.message).toContain("taken-0");
    await eventually(async () => {
      const { items } = await client.list(resources.events, { namespace: cluster.namespace });
      return items.some(
        ({ regarding, type, reason }) =>
          regarding?.name === "taken" && type === "Warning" && reason === "NotOurs",
      );
    });
  });

  it("keeps a condition's transition time while its status stays", async () => {
    await create("times", { copies: 1, from: "times-source" });
    await becomes("times", "SourceMissing");
    const before = await readyOf("times");
    await client.patch(widgets, meta("times"), { spec: { from: "times-other" } });
    await eventually(async () => (await readyOf("times"))?.observedGeneration === 2);
    expect((await readyOf("times"))?.lastTransitionTime).toBe(before?.lastTransitionTime);
  });

  it("removes finalizers of former versions, so that an object can be deleted", async () => {
    await create("former", { copies: 0 }, { finalizers: ["example.com/former", "example.com/theirs"] });
    await eventually(
      async () => (await client.get(widgets, meta("former"))).metadata.finalizers?.length === 1,
    );
    expect((await client.get(widgets, meta("former"))).metadata.finalizers).toEqual(["example.com/theirs"]);
    await client.patch(widgets, meta("former"), { metadata: { finalizers: null } });
  });

  it("sends nothing when it starts again over objects that are as they should be", async () => {
    for (const name of ["refused", "taken"]) await client.delete(widgets, meta(name));
    const [settling] = managers.splice(0);
    await settling?.idle();
    await settling?.stop();
    const again = cluster.noting();
    await (await start(again.client)).idle();
    expect(again.writes()).toBe(0);
  });

  it("does the work of good objects while a hundred bad ones fail", async () => {
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    await Promise.all(numbers.map((n) => create(`bad-${n}`, { copies: 1, invalid: true })));
    await Promise.all(numbers.map((n) => create(`good-${n}`, { copies: 1 })));
    await eventually(async () => {
      const { items } = await client.list(widgets, { namespace: cluster.namespace });
      const reasons = items.map(
        ({ metadata, status }) => `${metadata.name.split("-")[0]} ${status?.conditions?.[0]?.reason}`,
      );
      const count = (what: string) => reasons.filter((reason) => reason === what).length;
      return count("good Copied") === 100 && count("bad Invalid") === 100;
    });
  });
});
