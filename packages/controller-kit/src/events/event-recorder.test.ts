import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LiveObject } from "../cluster/kubernetes-object.ts";
import { resources } from "../cluster/resources.ts";
import { judge, openTestCluster, type TestCluster } from "../fixtures/cluster.ts";
import { createEventRecorder } from "./event-recorder.ts";

describe(`recording events, on ${judge}`, () => {
  let cluster: TestCluster;
  let about: LiveObject;
  beforeAll(async () => {
    cluster = await openTestCluster();
    const metadata = { namespace: cluster.namespace, name: "about" };
    about = {
      ...(await cluster.client.create(resources.configMaps, { metadata })),
      apiVersion: "v1",
      kind: "ConfigMap",
    };
  });
  afterAll(() => cluster.close());

  const start = () =>
    createEventRecorder({ client: cluster.client, controller: "kubeless.io/test", instance: "test-0" });
  const find = async (reason: string) => {
    const { items } = await cluster.client.list(resources.events, { namespace: cluster.namespace });
    return items.filter((event) => event.reason === reason);
  };

  it("has sent everything when flush resolves, the same thing once", async () => {
    const recorder = start();
    for (let n = 0; n < 20; n += 1)
      recorder.record(about, { type: "Normal", reason: "Same", message: "same" });
    recorder.record(about, { type: "Warning", reason: "Same", message: "other" });
    await recorder.flush();
    const found = await find("Same");
    expect(found.map(({ note }) => note).sort()).toEqual(["other", "same"]);
    expect(found[0]?.regarding).toMatchObject({ kind: "ConfigMap", name: "about", uid: about.metadata.uid });
  });

  it("cuts a message that is too long for an event, between characters", async () => {
    const recorder = start();
    recorder.record(about, { type: "Normal", reason: "Long", message: "€".repeat(2_000) });
    await recorder.flush();
    const [event] = await find("Long");
    expect(Buffer.byteLength(event?.note ?? "")).toBeLessThanOrEqual(1_024);
    expect(event?.note).toMatch(/^€{300,}…?$/);
  });

  it("fails nobody when events cannot be written", async () => {
    const recorder = start();
    const gone = { ...about, metadata: { ...about.metadata, namespace: "does-not-exist" } };
    recorder.record(gone, { type: "Normal", reason: "Lost", message: "lost" });
    await recorder.flush();
    expect(await find("Lost")).toEqual([]);
  });
});
